/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes the lines of sources.ndjson. A line describes a source: how
 * it was read, and the counts of its records. The number of a source is the
 * number of its line, from 0.
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
	const char *by;       /* name of the collector; NULL: not known */
	const char *host;     /* name of the computer; NULL: not known */
	const char *path;     /* original path of the source */
	unsigned shadow_copy; /* number of the volume shadow copy; 0: the source
				 is from the live volume */
};

/* A source. The strings belong to the caller. */
struct source_entry {
	/* Name of the source in UTF-8; invalid bytes are replaced. */
	const char *name;
	/* Why the source is not readable; NULL: it is readable. */
	const char *error;
	/* Name of the staged source with the same bytes; NULL: there is none.
	 */
	const char *duplicate_of;
	/* Reason of the first damage, not written to sources.ndjson; NULL: no
	 * damage. */
	const char *reason;
	char sha256[DIGEST_HEX];
	/* Digest of the archive that contains the source; "": no archive. */
	char archive_sha256[DIGEST_HEX];
	uint64_t bytes;      /* size of the source in bytes */
	uint64_t chunks;     /* number of chunks of the source */
	uint64_t chunks_bad; /* number of damaged chunks of the source */
	struct account account;
	struct copy_kind copy;
	struct source_entry_collected collected;
};

/* True if the source has no error and nothing in it was damaged, repaired or
 * incomplete. A copy of a bad source is good. */
bool source_entry_is_good(const struct source_entry *s);

/* A source as a JSON object. `reasons` are the names of account.filtered. */
struct cJSON *source_entry_json(
    const struct source_entry *s, const char *const *reasons);

/* Append the line of a source: the text of the same object, made faster. */
enum rc source_entry_write(struct buf *b, const struct source_entry *s,
    const char *const *reasons, struct err *e);

/* Read the line of a source. `account`, `copy` and `collected` are not read.
 * The strings belong to the JSON. WHY_CORRUPT: the line is not valid. */
enum rc source_entry_read(
    const struct cJSON *o, struct source_entry *s, struct err *e);

#endif
