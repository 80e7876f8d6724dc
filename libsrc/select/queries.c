/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <fcntl.h>
#include <fnmatch.h>

#include "select/queries.h"
#include "select/xpath_join.h"
#include "util/io.h"
#include "util/text.h"

void
queries_init(struct queries *q, uint64_t now)
{
	memset(q, 0, sizeof(*q));
	arena_init(&q->arena, QUERIES_BYTES_MAX);
	q->last = &q->items;
	q->now = now;
}

void
queries_free(struct queries *q)
{
	arena_free(&q->arena);
}

static enum rc
too_large(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the queries need more than %zu bytes in memory",
	    QUERIES_BYTES_MAX);
}

/* --- showing what was refused --------------------------------------------- */

static bool
starts_character(uint8_t c)
{
	return (c & 0xc0) != 0x80;
}

/* Copy the part of the text around the offset to q->shown, and set q->caret.
 * Returns the column of the offset in the text, in characters from 0. */
static unsigned
excerpt(struct queries *q, struct span text, size_t offset)
{
	unsigned column = 0;
	unsigned at = 0;
	size_t n = 0;

	for (size_t i = 0; i < offset && i < text.n; i++)
		column += starts_character(text.p[i]) ? 1 : 0;
	const unsigned from =
	    column > QUERIES_SHOWN * 3 / 4 ? column - QUERIES_SHOWN / 2 : 0;
	for (size_t i = 0; i < text.n; i++) {
		const bool start = starts_character(text.p[i]);
		if (start && at == from + QUERIES_SHOWN)
			break;
		at += start ? 1 : 0;
		if (at > from && n + 1 < sizeof(q->shown))
			q->shown[n++] =
			    (char)(text.p[i] < ' ' ? ' ' : text.p[i]);
	}
	q->shown[n] = '\0';
	q->caret = column - from;
	return column;
}

/* Prefix the reason in e with the query's origin and the column. */
static enum rc
refuse_at(struct queries *q, const char *where, struct span text, size_t offset,
    struct err *e)
{
	const struct err reason = *e;
	const unsigned column = excerpt(q, text, offset);

	return err_set(e, RC_FATAL, WHY_USAGE, "%.120s, column %u: %.300s",
	    where, column + 1, reason.text);
}

/* --- adding --------------------------------------------------------------- */

/* Copy a text to the arena, with a NUL after it. */
static enum rc
copy_text(struct queries *q, struct span from, const char **to, struct err *e)
{
	char *const text = arena_alloc(&q->arena, from.n + 1);

	*to = text;
	if (text == NULL)
		return too_large(e);
	assert(from.n == 0 || from.p != NULL);
	if (from.n != 0)
		memcpy(text, from.p, from.n);
	return RC_OK;
}

/* Set item->channel_number; a new pattern gets the next number. */
static enum rc
number_channel(struct queries *q, struct queries_item *item, struct err *e)
{
	const char *name;
	const enum rc rc = copy_text(q, item->channel, &name, e);

	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < q->n_channels; i++) {
		item->channel_number = i;
		if (strcmp(q->channels[i], name) == 0)
			return RC_OK;
	}
	if (q->n_channels == PROGRAM_CHANNELS)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s: the queries name more than %u channels", item->where,
		    PROGRAM_CHANNELS);
	item->channel_number = q->n_channels;
	q->channels[q->n_channels++] = name;
	return RC_OK;
}

/* Make an item with copies of the strings of a piece. */
static enum rc
make_item(struct queries *q, const struct queries_piece *piece,
    struct queries_item **out, struct err *e)
{
	const char *channel;
	const char *text;
	struct queries_item *const item = arena_alloc(&q->arena, sizeof(*item));

	*out = item;
	if (item == NULL || q->n == QUERIES_MAX)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "there are more than %u queries, or they are too large",
		    QUERIES_MAX);
	enum rc rc = copy_text(q, span_str(piece->where), &item->where, e);
	if (rc == RC_OK)
		rc = copy_text(q, piece->channel, &channel, e);
	if (rc == RC_OK)
		rc = copy_text(q, piece->text, &text, e);
	if (rc != RC_OK)
		return rc;
	item->channel = span_of(channel, piece->channel.n);
	item->text = span_of(text, piece->text.n);
	item->suppress = piece->suppress;
	item->rule = piece->rule;
	return RC_OK;
}

/* The offset of the first byte that cannot be in a channel name or pattern;
 * channel.n if there is none. Windows refuses these characters in names
 * (winmeta, ChannelType). Also 0 for an XPath expression: the Azure portal
 * exports custom XPath with the channel in a separate field, so people put the
 * expression where the channel belongs. */
static size_t
channel_fault(struct span channel)
{
	static const char *const paths[] = { "*[System", "*[EventData",
		"*[UserData", "*[*", "Event[", "Event/", "/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (span_starts(channel, span_str(paths[i])))
			return 0;
	}
	for (size_t i = 0; i < channel.n; i++) {
		if (channel.p[i] < ' ' ||
		    strchr("<>&\"|=@", channel.p[i]) != NULL)
			return i;
	}
	return channel.n;
}

/* Add a query. Columns in messages refer to the text `whole`, of which the
 * piece's text is a part; if whole.p is NULL, to the piece's text. */
static enum rc
append(struct queries *q, const struct queries_piece *piece, struct span whole,
    struct err *e)
{
	const struct span c = piece->channel;
	const size_t at = channel_fault(c);
	struct queries_item *item;

	if (at != c.n) {
		(void)err_set(e, RC_FATAL, WHY_USAGE,
		    "\"%.*s\" is not the name of a channel: a query is "
		    "CHANNEL!XPATH, as in Security!*[System[EventID=4624]]",
		    (int)(c.n < QUERIES_SHOWN ? c.n : QUERIES_SHOWN),
		    (const char *)c.p);
		return refuse_at(
		    q, piece->where, whole.p == NULL ? c : whole, at, e);
	}
	enum rc rc = make_item(q, piece, &item, e);
	if (rc != RC_OK)
		return rc;
	if (whole.p == NULL)
		whole = item->text;
	else
		item->text = piece->text;
	struct xpath_query x = { .text = item->text, .now = q->now };
	if (xpath_parse(&x, &q->arena, e) != RC_OK)
		return refuse_at(q, item->where, whole,
		    (size_t)(item->text.p - whole.p) + x.fault, e);
	q->uses_now = q->uses_now || x.uses_now;
	item->expr = x.expr;
	rc = number_channel(q, item, e);
	if (rc != RC_OK)
		return rc;
	*q->last = item;
	q->last = &item->next;
	q->n++;
	return RC_OK;
}

enum rc
queries_add_piece(
    struct queries *q, const struct queries_piece *piece, struct err *e)
{
	if (piece->channel.n == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s: the query has no channel (attribute Path)",
		    piece->where);
	return append(q, piece, span_of(NULL, 0), e);
}

enum rc
queries_add(
    struct queries *q, const char *where, struct span text, struct err *e)
{
	const char *kept;
	const enum rc rc = copy_text(q, text, &kept, e);

	if (rc != RC_OK)
		return rc;
	const struct span whole = span_of(kept, text.n);
	const char *const mark = memchr(kept, '!', text.n);
	if (mark == NULL || mark == kept) {
		(void)err_set(e, RC_FATAL, WHY_USAGE,
		    "a query is CHANNEL!XPATH, as in Security!*");
		return refuse_at(q, where, whole, 0, e);
	}
	const size_t n = (size_t)(mark - kept);
	const struct queries_piece piece = { .where = where,
		.channel = span_of(kept, n),
		.text = span_of(mark + 1, text.n - n - 1) };
	return append(q, &piece, whole, e);
}

unsigned
queries_new_rule(struct queries *q)
{
	return ++q->n_rules;
}

/* --- after the last one --------------------------------------------------- */

/* Make the program_rule for the queries with this rule number. Queries for the
 * same channel are joined into one expression. */
static enum rc
end_rule(struct queries *q, unsigned rule, struct err *e)
{
	struct program_rule *const made = arena_alloc(&q->arena, sizeof(*made));

	if (made == NULL)
		return too_large(e);
	for (const struct queries_item *i = q->items; i != NULL; i = i->next) {
		struct program_query **at =
		    i->suppress ? &made->suppress : &made->select;
		if (i->rule != rule)
			continue;
		while (*at != NULL && (*at)->channel != i->channel_number)
			at = &(*at)->next;
		if (*at == NULL) {
			*at = arena_alloc(&q->arena, sizeof(**at));
			if (*at == NULL)
				return too_large(e);
			(*at)->channel = i->channel_number;
			(*at)->expr = xpath_join_list(&q->arena);
		}
		if ((*at)->expr == NULL ||
		    !xpath_join((*at)->expr, i->expr, &q->arena))
			return too_large(e);
	}
	if (made->select != NULL) {
		made->next = q->rules;
		q->rules = made;
	}
	return RC_OK;
}

/* Rules without a Suppress are joined into one rule with number 0. */
enum rc
queries_end(struct queries *q, struct err *e)
{
	enum rc rc = RC_OK;

	for (struct queries_item *i = q->items; i != NULL; i = i->next) {
		const struct queries_item *other = q->items;
		while (other != NULL &&
		       (other->rule != i->rule || !other->suppress))
			other = other->next;
		if (other == NULL)
			i->rule = 0;
	}
	for (unsigned rule = 0; rule <= q->n_rules && rc == RC_OK; rule++)
		rc = end_rule(q, rule, e);
	return rc;
}

enum rc
queries_digest(const struct queries *q, char sha256[DIGEST_HEX], struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];
	struct buf text;

	buf_init(&text, QUERIES_BYTES_MAX);
	for (const struct queries_item *i = q->items; i != NULL; i = i->next) {
		buf_fmt(&text, "%u %c ", i->rule, i->suppress ? '-' : '+');
		buf_put(&text, i->channel);
		buf_byte(&text, '!');
		buf_put(&text, i->text);
		buf_byte(&text, '\n');
	}
	const enum rc rc = text.full
			       ? buf_fail(&text, "the text of the queries", e)
			       : digest_once(buf_span(&text), bytes, e);
	buf_reset(&text);
	if (rc == RC_OK)
		digest_hex(bytes, sizeof(bytes), sha256);
	return rc;
}

struct program_channels
queries_channels(const struct queries *q, const char *channel)
{
	struct program_channels c = { { 0 } };

	for (unsigned i = 0; i < q->n_channels; i++) {
		if (fnmatch(q->channels[i], channel, FNM_CASEFOLD) == 0)
			c.bits[i / 64] |= UINT64_C(1) << i % 64;
	}
	return c;
}

enum rc
queries_read_file(const char *path, struct buf *text, struct err *e)
{
	struct buf wide;

	buf_init(&wide, text->max);
	const enum rc rc = io_slurp(AT_FDCWD, path, &wide, e);
	const struct span s = buf_span(&wide);
	if (rc == RC_OK && span_starts(s, SPAN("\xff\xfe")))
		text_utf16_utf8(text, span_skip(s, 2));
	else if (rc == RC_OK && span_starts(s, SPAN("\xef\xbb\xbf")))
		buf_put(text, span_skip(s, 3));
	else if (rc == RC_OK)
		buf_put(text, s);
	buf_reset(&wide);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	buf_byte(text, '\0');
	if (rc == RC_OK && text->full)
		return err_set(e, RC_FATAL, WHY_USAGE, "%s: too large", path);
	text->n--;
	return rc;
}
