/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queries of a run: given one by one, as a QueryList (queries_list.h), or
 * in a data collection rule (queries_rule.h). A record is selected if one of
 * them selects it; a Suppress of a QueryList only applies to the Selects of the
 * same Query (MS-EVEN6 2.2.16).
 *
 * Each query names a channel, ignoring case, or is a glob pattern for channels;
 * it is compared with the record's own System/Channel.
 */
#ifndef SELECT_QUERIES_H
#define SELECT_QUERIES_H

#include "select/program.h"
#include "util/digest.h"

#define QUERIES_MAX 1000U
#define QUERIES_BYTES_MAX ((size_t)32 << 20) /* in memory */
#define QUERIES_FILE_MAX ((size_t)4 << 20)
#define QUERIES_SHOWN 72U /* characters of a query in a message */

/* One query, as the user gave it. */
struct queries_item {
	struct queries_item *next;
	const char *where; /* "--query 2", "rule.json: xPathQueries 3" */
	struct span channel;
	struct span text; /* XPath */
	bool suppress;
	unsigned rule; /* number of its Query; 0: it is in none */
	unsigned channel_number;
	struct xpath_expr *expr;
};

struct queries {
	struct arena arena;
	uint64_t now; /* FILETIME, for timediff(); set before adding */
	bool uses_now;
	const char
	    *transformed; /* file of a rule with a transformKql, or NULL */

	const char *channels[PROGRAM_CHANNELS]; /* patterns, by number */
	unsigned n_channels;
	struct queries_item *items;
	struct queries_item **last;
	size_t n;
	unsigned n_rules;
	struct program_rule *rules; /* after queries_end() */

	/* The excerpt of a refused query and the column in it, in characters
	 * from 0, where a message puts its caret. Empty if nothing was refused
	 * at a certain place. */
	char shown[4 * QUERIES_SHOWN + 1];
	unsigned caret;
};

void queries_init(struct queries *q, uint64_t now);
void queries_free(struct queries *q);

/* Add a query CHANNEL!XPATH. RC_FATAL with WHY_USAGE names `where`, the column
 * and the reason why it is refused. */
enum rc queries_add(
    struct queries *q, const char *where, struct span text, struct err *e);

/* Add a query whose channel is given separately. Queries with the same number
 * from queries_new_rule() belong together; those with 0 belong to none and do
 * not suppress. */
struct queries_piece {
	const char *where;
	struct span channel;
	struct span text;
	bool suppress;
	unsigned rule;
};
enum rc queries_add_piece(
    struct queries *q, const struct queries_piece *piece, struct err *e);
unsigned queries_new_rule(struct queries *q);

/* After the last query: make `rules`, from which programs are compiled. */
enum rc queries_end(struct queries *q, struct err *e);

/* SHA-256 of the texts of all queries, for the manifest. */
enum rc queries_digest(
    const struct queries *q, char sha256[DIGEST_HEX], struct err *e);

/* The queries' channel patterns that match this channel. */
struct program_channels queries_channels(
    const struct queries *q, const char *channel);

/* Read a whole file, UTF-8 or UTF-16 with a byte order mark, as UTF-8. A NUL
 * follows the text and does not count. RC_FATAL with WHY_USAGE if it cannot be
 * read or exceeds the buffer's maximum. */
enum rc queries_read_file(const char *path, struct buf *text, struct err *e);

#endif
