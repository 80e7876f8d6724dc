/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/source_channel.h"
#include "event/system_fields.h"
#include "evtx/decoder_native.h"
#include "input/logname.h"

#define TEXT_MAX ((size_t)64 << 10)

struct source_channel {
	const struct queries *queries;
	const char *given;
	/* A query selects the channel of a collector's log (ForwardedEvents).
	 */
	bool forwarded;
	struct decoder *decoder;
	struct buf text;
};

enum rc
source_channel_create(struct source_channel **sp, const struct queries *q,
    const char *given, struct err *e)
{
	const struct decoder_options none = { .drop = NULL };
	const struct program_channels nothing = { { 0 } };
	struct source_channel *const s = calloc(1, sizeof(*s));

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	s->queries = q;
	s->given = given;
	buf_init(&s->text, TEXT_MAX);
	const struct program_channels forwarded =
	    queries_channels(q, LOGNAME_FORWARDED);
	s->forwarded = memcmp(&forwarded, &nothing, sizeof(nothing)) != 0;
	return decoder_native.create(&s->decoder, &none, e);
}

void
source_channel_destroy(struct source_channel *s)
{
	if (s == NULL)
		return;
	decoder_native.destroy(s->decoder);
	buf_reset(&s->text);
	free(s);
}

struct source_log
source_channel_by_name(const struct source_channel *s, const char *name)
{
	char log[LOGNAME_MAX];

	logname_of(name, log);
	return (struct source_log){
		.decided = s->given != NULL || !s->forwarded ||
			   logname_is_forwarded(log),
	};
}

/* --- the first chunk ------------------------------------------------------ */

/* The channel or the computer in the first record of a chunk that has one. */
struct first {
	char name[LOGNAME_MAX];
	bool known;  /* `name` is set */
	bool varies; /* another record of the chunk has another name */
};

static void
compare(struct first *first, const struct value *v, struct buf *text)
{
	buf_cut(text, 0);
	if (v != NULL)
		value_text(text, v);
	buf_byte(text, '\0');
	if (v == NULL || text->full || text->n > LOGNAME_MAX)
		return;
	const char *const name = (const char *)text->p;
	if (first->known)
		first->varies =
		    first->varies || strcasecmp(first->name, name) != 0;
	else
		memcpy(first->name, name, text->n);
	first->known = true;
}

enum rc
source_channel_by_chunk(struct source_channel *s, const char *name,
    const struct chunk *c, struct source_log *of, struct err *e)
{
	struct first channel = { .known = false };
	struct first computer = { .known = false };
	struct record r;
	struct system_fields h;
	char log[LOGNAME_MAX];
	struct err why;

	err_clear(&why);
	enum rc rc = decoder_native.start(s->decoder, c, &why);
	if (rc == RC_SKIP)
		return RC_OK;
	while (rc == RC_OK || rc == RC_SKIP) {
		err_clear(&why);
		rc = decoder_native.next(s->decoder, &r, &why);
		if (rc != RC_OK)
			continue;
		system_fields_find(&h, &r.tree);
		compare(&channel,
		    system_fields_value(&h, SYSTEM_CHANNEL, r.tree.values),
		    &s->text);
		compare(&computer,
		    system_fields_value(&h, SYSTEM_COMPUTER, r.tree.values),
		    &s->text);
	}
	if (rc == RC_FATAL) {
		*e = why;
		return rc;
	}
	of->decided = channel.known || computer.known;
	/* After a computer is renamed, its own log has two computer names. It
	 * is not a collector's log if its file is named after the channel. */
	logname_of(name, log);
	of->forwarded = channel.varies ||
			(computer.varies && strcasecmp(channel.name, log) != 0);
	return RC_OK;
}

enum rc
source_channel_of_job(struct source_channel *s, struct source_log *of,
    struct job *j, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && !of->decided && i < j->n_pieces;
	     i++) {
		const struct chunk_piece *const cut = &j->pieces[i].cut;
		struct chunk c;
		if (cut->kind == PIECE_CHUNK && cut->n == CHUNK_BYTES &&
		    chunk_read(&c, span_of(j->bytes + cut->at, cut->n)))
			rc = source_channel_by_chunk(s, j->name, &c, of, e);
	}
	j->log = source_channel_mask(s, j->name, of);
	return rc;
}

/* --- channels of the queries ---------------------------------------------- */

static void
add(struct program_channels *c, const struct queries *q, const char *log)
{
	const struct program_channels more = queries_channels(q, log);

	for (size_t i = 0; i < sizeof(c->bits) / sizeof(*c->bits); i++)
		c->bits[i] |= more.bits[i];
}

struct program_channels
source_channel_mask(const struct source_channel *s, const char *name,
    const struct source_log *of)
{
	struct program_channels c = { { 0 } };
	char log[LOGNAME_MAX];

	if (s->given != NULL) {
		add(&c, s->queries, s->given);
		return c;
	}
	logname_of(name, log);
	if (log[0] != '\0')
		add(&c, s->queries, log);
	if (of->forwarded || logname_is_forwarded(log))
		add(&c, s->queries, LOGNAME_FORWARDED);
	return c;
}
