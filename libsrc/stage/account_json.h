/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes record counts as the JSON object that manifest.json and
 * sources.ndjson contain.
 */
#ifndef STAGE_ACCOUNT_JSON_H
#define STAGE_ACCOUNT_JSON_H

#include "stage/account.h"
#include "util/buf.h"
#include "util/err.h"

struct cJSON;

/* `reasons` are the names of the counts in a->filtered. NULL if memory is
 * exhausted. */
struct cJSON *account_json(const struct account *a, const char *const *reasons);

/* Append the text of the same object; faster. */
void account_json_put(
    struct buf *b, const struct account *a, const char *const *reasons);

/* Read all members except first_time and last_time. A member that is missing in
 * the JSON becomes 0. */
enum rc account_json_read(const struct cJSON *o, const char *const *reasons,
    struct account *a, struct err *e);

#endif
