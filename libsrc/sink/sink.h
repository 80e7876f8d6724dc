/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of a sink: a destination that batches of lines are loaded into.
 *
 * A sink is one file with one const struct sink; sink_table.c lists them all. A
 * new sink is a new file and a line there.
 *
 * A sink is remote or local. A remote sink turns a batch into a request body
 * and an HTTP answer into a verdict; it opens no connection, never waits and
 * keeps no state. A local sink inserts rows over the database connection of
 * the checkpoint, inside the caller's transaction, so that rows and checkpoint
 * are committed together.
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

/* What the loader does after an answer. */
enum sink_act {
	SINK_ACK,     /* the batch is stored */
	SINK_RETRY,   /* send the same bytes again later */
	SINK_SPLIT,   /* send both halves; a single record is refused */
	SINK_REFRESH, /* get a new token and send again, once */
	SINK_REJECT,  /* the whole batch is refused permanently */
	SINK_HALT,    /* the target refuses this client: stop the run */
};

struct sink_verdict {
	enum sink_act act;
	bool ambiguous; /* the batch may have been stored nevertheless */
	bool pause;     /* all requests to this target have to wait */
	bool settles; /* a new target may refuse at first: retry for a while */
	const char *hint; /* advice for the user; NULL: there is none */
};

struct sink_address {
	/* URL of the endpoint: https://name, without a slash at the end. */
	const char *endpoint;
	const char *rule; /* immutable id of the data collection rule */
	const char *stream;
};

/* Limits beyond which the service changes a value without an error. */
struct sink_value_limits {
	/* Maximum bytes of a value; a longer one is truncated. */
	uint64_t field_max;
	/* Maximum age of TimeGenerated in seconds; an older one is replaced. */
	int64_t oldest_s;
	/* Maximum seconds of TimeGenerated in the future; a later one is
	 * replaced. */
	int64_t newest_s;
};

struct sink_remote {
	/* Limits beyond which values are changed; NULL: values stay as they
	 * are. */
	const struct sink_value_limits *limits;
	const char *content_type;
	/* A body is `before`, then the lines, each with its LF, after frame()
	 * changed them in place. */
	const char *before;
	void (*frame)(uint8_t *lines, size_t n);
	/* Append the URL of an address. WHY_USAGE if the address is not valid.
	 */
	enum rc (*url)(
	    const struct sink_address *to, struct buf *out, struct err *e);
	struct sink_verdict (*judge)(const struct http_answer *answer);
	/* Documented limits of the service; 0 where it documents none. */
	uint64_t bytes_a_minute;
	uint64_t calls_a_minute;
};

/* --- local --------------------------------------------------------------- */

/* An open table that a local sink inserts into. */
struct sink_rows;

/* Lines of one batch: whole, each with its LF. */
struct sink_lines {
	struct span text;
	const char *segment; /* SHA-256 of the lines' segment as hex */
	uint64_t offset;     /* offset of `text` in the segment */
};

struct sink_refused_line {
	uint64_t offset; /* offset of the line in the segment */
	uint64_t length;
	const char *why;
};

/* The result of a write. Each line is counted in exactly one of the first
 * five. */
struct sink_written {
	uint64_t added; /* number of rows that were inserted now */
	uint64_t own;   /* number of lines that an earlier attempt inserted */
	/* Lines whose key another line of this staging has. */
	uint64_t repeated;
	uint64_t already; /* number of lines whose key an older row has */
	uint64_t refused; /* number of lines that are not a JSON object */
	/* Lines of `repeated` and `already` that differ from the row with their
	 * key. */
	uint64_t conflicts;
	/* Called for each refused line; a result other than RC_OK ends the
	 * write. */
	enum rc (*refuse)(
	    void *arg, const struct sink_refused_line *line, struct err *e);
	/* Sets *ours: true if the segment with this SHA-256 belongs to the same
	 * staging as the lines. NULL: no segment does. */
	enum rc (*is_ours)(
	    void *arg, const char *segment, bool *ours, struct err *e);
	void *arg;
};

/* The number of rows of a table and of its table of conflicts. */
struct sink_size {
	uint64_t rows;
	uint64_t conflicts;
};

/* A row that was removed because an earlier row has its key. */
struct sink_removed_row {
	/* SHA-256 of the segment that has the row, as hex. */
	const char *segment;
	uint64_t offset; /* offset of the row's line in the segment */
	const char *kept_segment;
	uint64_t kept_offset;
	/* The row differs and is now in the table of conflicts. */
	bool conflict;
};

/* The functions that sink_local.finish() calls. */
struct sink_finish {
	/* Called for each removed row; a result other than RC_OK ends the work.
	 */
	enum rc (*removed)(
	    void *arg, const struct sink_removed_row *row, struct err *e);
	/* True if the work has to end soon, with any failure. */
	bool (*is_stopped)(void *arg);
	void *arg;
};

struct sink_local {
	/* Create the tables, indexes and views that are missing. close() takes
	 * NULL. */
	enum rc (*open)(struct checkpoint *checkpoint,
	    const struct table *table, struct sink_rows **out, struct err *e);
	enum rc (*write)(struct sink_rows *rows, const struct sink_lines *lines,
	    struct sink_written *done, struct err *e);
	enum rc (*count)(
	    struct sink_rows *rows, struct sink_size *size, struct err *e);
	/* Called before the first write of a load. If the table is empty,
	 * writes do not compare keys from now on, which takes half the time:
	 * they add every line with a key. Must be called inside a transaction.
	 */
	enum rc (*defer_keys)(struct sink_rows *rows, struct err *e);
	/* True until finish() if keys are not compared, also by an earlier load
	 * that did not end. */
	bool (*has_deferred_keys)(const struct sink_rows *rows);
	/* Compare the keys that were not compared. The first row of each key is
	 * kept, as if keys had been compared before. */
	enum rc (*finish)(struct sink_rows *rows,
	    const struct sink_finish *finish, struct err *e);
	void (*close)(struct sink_rows *rows);
};

/* --- both ---------------------------------------------------------------- */

struct sink {
	const char *name;
	/* Maximum size in bytes of a batch's lines with their LFs. */
	uint64_t max_bytes;
	uint64_t max_records; /* maximum number of records in a batch */
	/* Functions of a remote sink; NULL for a local one. */
	const struct sink_remote *remote;
	/* Functions of a local sink; NULL for a remote one. */
	const struct sink_local *local;
};

#endif
