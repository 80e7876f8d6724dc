/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the sidecar files of a staging (stage/sidecar.h) with the manifest.
 */
#ifndef AUDIT_VERIFY_SIDECAR_H
#define AUDIT_VERIFY_SIDECAR_H

#include "audit/finding.h"
#include "stage/reader.h"

/* Read a sidecar and compare its digest. More bytes than the manifest says are
 * an error. The error is stored in the draft, which the caller reports. */
enum rc verify_sidecar(const struct reader *r, struct finding_draft *l,
    const char *which, const struct scan_visit *lines);

/* Report whether the digest of a sidecar holds; nothing if the manifest has no
 * such sidecar. */
enum rc verify_sidecar_digest(const struct reader *r, enum finding_part part,
    const char *which, const struct finding_visit *visit, struct err *e);

#endif
