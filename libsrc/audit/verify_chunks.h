/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies chunks.ndjson of a staging, if it has one: the record counts of each
 * chunk balance, the counts of a source's chunks add up to those of the source,
 * and the lines of successive chunks follow each other in the staging.
 */
#ifndef AUDIT_VERIFY_CHUNKS_H
#define AUDIT_VERIFY_CHUNKS_H

#include "audit/verify_sources.h"

enum rc verify_chunks(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e);

#endif
