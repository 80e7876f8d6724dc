/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account as JSON, as manifest.json and sources.ndjson have it.
 */
#ifndef STAGE_ACCOUNT_JSON_H
#define STAGE_ACCOUNT_JSON_H

#include "stage/account.h"
#include "util/err.h"

struct cJSON;

/* `reasons` are the names of account->filtered. NULL without memory. */
struct cJSON *account_json(const struct account *a, const char *const *reasons);

/* Read all members but the times; a missing one is 0. */
enum rc account_json_read(const struct cJSON *o, const char *const *reasons,
    struct account *a, struct err *e);

#endif
