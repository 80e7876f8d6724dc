/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the evidence is still what a staging was made of: the inputs, by the
 * names that they had (relative ones from the current folder), are read again
 * and their digests compared. An archive is read once for its own digest, and
 * once for all that was read in it. Nothing stops at the first that is bad.
 */
#ifndef AUDIT_VERIFY_INPUTS_H
#define AUDIT_VERIFY_INPUTS_H

#include "audit/finding.h"
#include "input/source_lookup.h"
#include "stage/reader.h"

/* Tell of each source of the manifest. RC_FATAL only without memory. */
enum rc verify_inputs(const struct source_lookup_options *o,
    const struct reader *r, const struct finding_visit *visit, struct err *e);

#endif
