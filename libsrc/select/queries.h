/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queries of a run: given one by one, as a QueryList (queries_list.h), or
 * in a data collection rule (queries_rule.h). A record is selected if one of
 * the queries selects it; a Suppress of a QueryList only applies to the Selects
 * of the same Query (MS-EVEN6 2.2.16).
 *
 * Each query has a channel, which is a glob pattern, ignoring case. It is
 * compared with the record's own System/Channel and with the log that contains
 * the record.
 */
#ifndef SELECT_QUERIES_H
#define SELECT_QUERIES_H

#include "select/program.h"
#include "util/digest.h"

#define QUERIES_MAX 1000U
/* Maximum memory for all queries in bytes. */
#define QUERIES_BYTES_MAX ((size_t)32 << 20)
#define QUERIES_FILE_MAX ((size_t)4 << 20)
#define QUERIES_SHOWN 72U /* maximum characters of a query in a message */

/* One query, as the user gave it. */
struct queries_item {
	struct queries_item *next;
	/* Origin of the query for messages, such as "--query 2". */
	const char *where;
	struct span channel;
	struct span text; /* text of the query in XPath */
	bool suppress;
	/* Number of the QueryList's Query that contains it; 0: none. */
	unsigned rule;
	unsigned channel_number; /* index of the pattern in queries.channels */
	struct xpath_expr *expr;
};

struct queries {
	struct arena arena;
	uint64_t now;  /* current time for timediff() as FILETIME */
	bool uses_now; /* a query uses `now` */
	/* Path of a data collection rule with a transformKql; NULL: no rule has
	 * one. */
	const char *transformed;

	/* Channel patterns of all queries, each once. */
	const char *channels[PROGRAM_CHANNELS];
	unsigned n_channels;
	struct queries_item *items;
	struct queries_item **last;
	size_t n;
	unsigned n_rules;
	/* Rules from which programs are compiled; set by queries_end(). */
	struct program_rule *rules;

	/* Excerpt of a refused query, and the column of the error in it, in
	 * characters from 0. The excerpt is "" if the error has no column. */
	char shown[4 * QUERIES_SHOWN + 1];
	unsigned caret;
};

void queries_init(struct queries *q, uint64_t now);
void queries_free(struct queries *q);

/* Add a query CHANNEL!XPATH. RC_FATAL with WHY_USAGE names `where`, the column
 * and the reason why the query is refused. */
enum rc queries_add(
    struct queries *q, const char *where, struct span text, struct err *e);

/* A query to add; struct queries_item explains the members. */
struct queries_piece {
	const char *where;
	struct span channel;
	struct span text;
	bool suppress; /* the query is a Suppress; false if `rule` is 0 */
	/* Number from queries_new_rule(); 0: no Query of a QueryList contains
	 * it. */
	unsigned rule;
};

/* Add a query whose channel is given separately. */
enum rc queries_add_piece(
    struct queries *q, const struct queries_piece *piece, struct err *e);
unsigned queries_new_rule(struct queries *q);

/* Set q->rules, from which programs are compiled. Call it after the last query.
 */
enum rc queries_end(struct queries *q, struct err *e);

/* Make the SHA-256 of the texts of all queries, for the manifest. */
enum rc queries_digest(
    const struct queries *q, char sha256[DIGEST_HEX], struct err *e);

/* The channel patterns of the queries that match this channel. */
struct program_channels queries_channels(
    const struct queries *q, const char *channel);

/* Read a whole file, UTF-8 or UTF-16LE with a byte order mark, as UTF-8. A NUL
 * that is not counted follows the text. RC_FATAL with WHY_USAGE if the file
 * cannot be read or exceeds the buffer's maximum. */
enum rc queries_read_file(const char *path, struct buf *text, struct err *e);

#endif
