/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of a staging compared with what the manifest says: they are read
 * again, by the names that they had (relative ones from the current folder).
 * An archive is read once for its own digest and once for the sources in it. A
 * finding that is not good never ends the verification.
 */
#ifndef AUDIT_VERIFY_INPUTS_H
#define AUDIT_VERIFY_INPUTS_H

#include "audit/finding.h"
#include "input/source_lookup.h"
#include "stage/reader.h"

/* Report a finding for each source of the manifest, and for each archive.
 * RC_FATAL only without memory. */
enum rc verify_inputs(const struct source_lookup_options *o,
    const struct reader *r, const struct finding_visit *visit, struct err *e);

#endif
