/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of sources.ndjson: each source, how it was read, and the account of
 * its records. The number of a source is that of its line, from 0.
 */
#ifndef STAGE_SOURCE_ENTRY_H
#define STAGE_SOURCE_ENTRY_H

#include <stdbool.h>

#include "stage/account.h"
#include "stage/copy_kind.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

struct cJSON;

/* The origin of a source, derived from its name. */
struct source_entry_collected {
	const char *by;   /* the collector; NULL: not known */
	const char *host; /* NULL: not known */
	const char *path;
	unsigned shadow_copy; /* 0: of the live volume */
};

/* Texts belong to the caller. */
struct source_entry {
	const char *name;         /* as UTF-8, invalid bytes replaced */
	const char *error;        /* why it is not readable, or NULL */
	const char *duplicate_of; /* the staged source with the same bytes, or
				   * NULL */
	const char *reason; /* of its first damage, or NULL; not written */
	char sha256[DIGEST_HEX];
	char archive_sha256[DIGEST_HEX]; /* of the archive that it is in, or
					  * "" */
	uint64_t bytes;
	uint64_t chunks;
	uint64_t chunks_bad;
	struct account account;
	struct copy_kind copy;
	struct source_entry_collected collected;
};

/* True if the source has no error and nothing in it was damaged, repaired or
 * incomplete. A copy of a bad source is good. */
bool source_entry_is_good(const struct source_entry *s);

/* The same as JSON; `reasons` name the terms of the account. */
struct cJSON *source_entry_json(
    const struct source_entry *s, const char *const *reasons);

/* Append its line. RC_FATAL without memory. */
enum rc source_entry_write(struct buf *b, const struct source_entry *s,
    const char *const *reasons, struct err *e);

/* Read a line, but for the account, the copy and `collected`. Texts belong to
 * the JSON. WHY_CORRUPT: it is not valid. */
enum rc source_entry_read(
    const struct cJSON *o, struct source_entry *s, struct err *e);

#endif
