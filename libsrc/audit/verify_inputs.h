/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the inputs of a staging with the manifest. The inputs are read again
 * under the names that they had when staged; relative names start at the
 * current folder. An archive is read once for its own digest and once for the
 * sources in it. A finding that is not good never ends the verification.
 */
#ifndef AUDIT_VERIFY_INPUTS_H
#define AUDIT_VERIFY_INPUTS_H

#include "audit/finding.h"
#include "input/source_lookup.h"
#include "stage/reader.h"

/* Report a finding for each source of the manifest, and for each archive.
 * RC_FATAL only if memory is exhausted. */
enum rc verify_inputs(const struct source_lookup_options *o,
    const struct reader *r, const struct finding_visit *visit, struct err *e);

#endif
