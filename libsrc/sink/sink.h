/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receivers: one file each, one const struct of functions each, all in one
 * const table (sink.c). A new receiver is a new file and a line there.
 *
 * A receiver is either remote or local. A remote one turns a batch into a
 * request body and an answer into a judgement, and does nothing else: no
 * sockets, no waiting, no memory of its own. A local one writes rows through
 * the connection of checkpoint/, inside the caller's transaction, so that rows
 * and checkpoint are there together or not at all.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "util/buf.h"
#include "util/column.h"
#include "util/err.h"
#include "util/span.h"

struct checkpoint;

/* --- remote -------------------------------------------------------------- */

enum sink_act {
	SINK_ACK,     /* it is there */
	SINK_RETRY,   /* later, the same bytes */
	SINK_SPLIT,   /* in halves; a single record is refused for good */
	SINK_REFRESH, /* with a new token, once */
	SINK_REJECT,  /* refused for good, all of it */
	SINK_HALT,    /* the target refuses us: stop */
};

struct sink_verdict {
	enum sink_act act;
	bool ambiguous;   /* it may have been stored all the same */
	bool pause;       /* everything for this target has to wait */
	bool settles;     /* may end by itself when all was just set up */
	const char *hint; /* what a person can do about it, or NULL */
};

struct sink_address {
	const char *endpoint; /* https://name, without a slash at its end */
	const char *rule;     /* the id of the data collection rule */
	const char *stream;
};

/* What the receiver changes without a word; its documents say so. */
struct sink_rules {
	uint64_t field_max; /* bytes of a value; the rest is cut off */
	int64_t oldest_s;   /* seconds: an older TimeGenerated, */
	int64_t newest_s;   /* or one further ahead, is replaced */
};

struct sink_remote {
	const struct sink_rules *rules; /* or NULL */
	const char *content_type;
	/* What stands in a body before the lines; then these, whole and each
	 * with its LF, are made its rest in place. */
	const char *before;
	void (*frame)(uint8_t *lines, size_t n);
	enum rc (*url)(
	    const struct sink_address *to, struct buf *out, struct err *e);
	struct sink_verdict (*judge)(const struct http_answer *answer);
	/* What its documents allow, for the plan; 0 where they name none. */
	uint64_t bytes_a_minute;
	uint64_t calls_a_minute;
};

/* The verdict on a request that has no answer. */
struct sink_verdict sink_unanswered(const struct http_answer *answer);

/* The server's own words for people: code and message of the usual error
 * object, else the body; printable characters only. */
#define SINK_WORDS 300
void sink_words(const struct http_answer *answer, char out[SINK_WORDS]);

/* --- local --------------------------------------------------------------- */

struct sink_rows;

/* Lines of one batch: whole, each with its LF. */
struct sink_lines {
	struct span text;
	const char *segment; /* its SHA-256 as hex */
	uint64_t offset;     /* of the text in it */
};

struct sink_refused {
	uint64_t offset; /* in the segment */
	uint64_t length;
	const char *why;
};

/* What became of them: each line is counted once in the first five. refuse is
 * called for each line that can never be stored; anything but RC_OK from it
 * ends the write. */
struct sink_written {
	uint64_t added;     /* rows inserted now */
	uint64_t own;       /* lines whose row is there from an earlier try */
	uint64_t repeated;  /* another line of this staging has the key */
	uint64_t already;   /* a row from before has the key */
	uint64_t refused;   /* lines that are not a JSON object */
	uint64_t conflicts; /* of repeated and already: kept apart */
	enum rc (*refuse)(
	    void *arg, const struct sink_refused *line, struct err *e);
	/* Whether a segment, by its SHA-256, is of the same staging as the
	 * lines; NULL: none is. */
	enum rc (*is_ours)(
	    void *arg, const char *segment, bool *ours, struct err *e);
	void *arg;
};

/* The rows of a table, and those kept apart as conflicts. */
struct sink_size {
	uint64_t rows;
	uint64_t conflicts;
};

struct sink_local {
	/* Make what is not there: tables, indexes, views. Close takes NULL. */
	enum rc (*open)(struct checkpoint *state, const struct table *table,
	    struct sink_rows **out, struct err *e);
	enum rc (*write)(struct sink_rows *rows, const struct sink_lines *lines,
	    struct sink_written *done, struct err *e);
	enum rc (*count)(
	    struct sink_rows *rows, struct sink_size *size, struct err *e);
	void (*close)(struct sink_rows *rows);
};

/* --- both ---------------------------------------------------------------- */

struct sink {
	const char *name;
	uint64_t max_bytes;   /* of a batch's lines with their LFs */
	uint64_t max_records; /* of a batch */
	const struct sink_remote *remote; /* one of the two is NULL */
	const struct sink_local *local;
};

/* By name, or NULL. */
const struct sink *sink_find(const char *name);

/* The receivers, for sink.c. */
extern const struct sink sink_sentinel;
extern const struct sink sink_sqlite;

#endif
