/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks.ndjson of a staging, if it has one: whether the account of each chunk
 * balances, those of a source add up to its own, and the lines of the staging
 * that belong to chunks follow each other.
 */
#ifndef AUDIT_VERIFY_CHUNKS_H
#define AUDIT_VERIFY_CHUNKS_H

#include "audit/verify_sources.h"

enum rc verify_chunks(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e);

#endif
