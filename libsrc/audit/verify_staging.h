/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares a finished staging with its manifest: segments, sidecar files, long
 * values and record counts. The manifest itself was checked when the reader was
 * opened. A part that differs is a finding and never ends the verification. The
 * inputs are verified by audit/verify_inputs.h.
 */
#ifndef AUDIT_VERIFY_STAGING_H
#define AUDIT_VERIFY_STAGING_H

#include "audit/finding.h"
#include "stage/reader.h"

struct scratch;

/* Report the findings. `threads` read the segments; `scratch` makes temporary
 * files. RC_FATAL only if nothing can be verified: memory is exhausted, or a
 * folder cannot be listed. */
enum rc verify_staging(const struct reader *r, unsigned threads,
    struct scratch *scratch, const struct finding_visit *visit, struct err *e);

#endif
