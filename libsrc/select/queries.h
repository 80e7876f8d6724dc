/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queries of a run: given one by one, as a QueryList, or in a data
 * collection rule. A record is wanted when one of them selects it; what a
 * QueryList suppresses is taken from what the same Query selects, and from
 * nothing else (MS-EVEN6 2.2.16).
 *
 * A query is for a channel: the record's own System/Channel, without regard to
 * case; a glob is taken, too.
 */
#ifndef SELECT_QUERIES_H
#define SELECT_QUERIES_H

#include "select/program.h"
#include "util/digest.h"

#define QUERIES_MAX 1000U
#define QUERIES_BYTES_MAX ((size_t)32 << 20) /* in memory */
#define QUERIES_FILE_MAX ((size_t)4 << 20)
#define QUERIES_SHOWN 72U /* characters of a query that a message shows */

/* One query, as it was given. */
struct queries_item {
	struct queries_item *next;
	const char *where; /* "--query 2", "rule.json: xPathQueries 3" */
	struct span channel;
	struct span text; /* XPath */
	bool suppress;
	unsigned rule; /* what is in the same Query has the same number */
	unsigned channel_number;
	struct xpath_expr *expr;
};

struct queries {
	struct arena arena;
	uint64_t now; /* FILETIME for timediff(); set it before adding */
	bool uses_now;
	const char *transformed; /* a rule file that also transforms, or NULL */

	const char *channels[PROGRAM_CHANNELS]; /* globs */
	unsigned n_channels;
	struct queries_item *items;
	struct queries_item **last;
	size_t n;
	unsigned n_rules;
	struct program_rule *rules; /* after queries_end() */

	/* What was refused, for a message: a piece of the query, and how many
	 * characters before the place. Empty when there is no place. */
	char shown[4 * QUERIES_SHOWN + 1];
	unsigned caret;
};

void queries_init(struct queries *q, uint64_t now);
void queries_free(struct queries *q);

/* Add CHANNEL!XPATH. RC_FATAL with WHY_USAGE: refused, and e names `where`, the
 * column and the reason. */
enum rc queries_add(
    struct queries *q, const char *where, struct span text, struct err *e);

/* Add a query apart from its channel, or what it suppresses, under a rule
 * number from queries_new_rule(); 0 suppresses nothing. */
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

/* Add all of a file: a QueryList (also inside of an exported view), or the
 * xPathQueries of a data collection rule's JSON. UTF-8, or UTF-16 with a byte
 * order mark. */
enum rc queries_add_list(struct queries *q, const char *path, struct err *e);
enum rc queries_add_rule(struct queries *q, const char *path, struct err *e);

/* After the last one: makes `rules`, the program's source. */
enum rc queries_end(struct queries *q, struct err *e);

/* Of the queries' texts, for the manifest. */
enum rc queries_digest(
    const struct queries *q, char sha256[DIGEST_HEX], struct err *e);

/* Which channels this one is. */
struct program_channels queries_channels(
    const struct queries *q, const char *channel);

/* A whole file as UTF-8 in text, as much as it takes, with a NUL behind it that
 * does not count; for
 * the two above. */
enum rc queries_slurp(const char *path, struct buf *text, struct err *e);

#endif
