/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished staging compared with its manifest, which was checked when the
 * reader was opened: segments, sidecar files, long values and accounts. A part
 * that does not hold is a finding and never ends the verification. The inputs
 * are verified by audit/verify_inputs.h.
 */
#ifndef AUDIT_VERIFY_STAGING_H
#define AUDIT_VERIFY_STAGING_H

#include "audit/finding.h"
#include "stage/reader.h"

struct scratch;

/* Temporary files are made by `scratch`. RC_FATAL only where nothing can be
 * verified: no memory, a folder that cannot be listed. */
enum rc verify_staging(const struct reader *r, struct scratch *scratch,
    const struct finding_visit *visit, struct err *e);

#endif
