/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of sources.ndjson: what was read, how it was read, and where its
 * records went. The number of a source, counted from 0, is that of its line.
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

/* What the name of a source says of where it was. */
struct source_entry_collected {
	const char *by;   /* the collector; NULL: the name does not tell */
	const char *host; /* NULL: the name does not tell */
	const char *path;
	unsigned shadow_copy; /* 0: of the live volume */
};

/* Texts are borrowed. */
struct source_entry {
	const char *name;  /* UTF-8, or as close as the name's bytes come */
	const char *error; /* NULL: it could be read */
	const char *duplicate_of; /* the source that has the same bytes and was
				   * converted; NULL: none */
	const char *reason; /* of the first damage in it, as damage.ndjson has
			     * it; NULL: none. Not part of the line */
	char sha256[DIGEST_HEX];
	char archive_sha256[DIGEST_HEX]; /* of the input, an archive, that it is
					  * in; "": it is in none */
	uint64_t bytes;
	uint64_t chunks;
	uint64_t chunks_bad;
	struct account account;
	struct copy_kind copy;
	struct source_entry_collected collected;
};

/* Whether it was read as a whole: no error, and nothing in it was damaged or
 * read with less than it should have. A copy of a bad source is none itself. */
bool source_entry_is_good(const struct source_entry *s);

/* The same as JSON; `reasons` name the terms of the account. */
struct cJSON *source_entry_json(
    const struct source_entry *s, const char *const *reasons);

/* Append a line. RC_FATAL without memory. */
enum rc source_entry_write(struct buf *b, const struct source_entry *s,
    const char *const *reasons, struct err *e);

/* Read a line back: all but the account, the copy and `collected`. Texts live
 * as long as the JSON. WHY_CORRUPT: nobody wrote it. */
enum rc source_entry_read(
    const struct cJSON *o, struct source_entry *s, struct err *e);

#endif
