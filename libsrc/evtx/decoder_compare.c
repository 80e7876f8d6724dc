/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both decoders at once. Their records are put side by side by the place of
 * the record's header in the chunk; what both can read is compared, what only
 * one of them finds or can read is taken from that one. Of a record that both
 * can read the native tree is lent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/decoder.h"
#include "evtx/tree_compare.h"

/* One decoder and the record it has found but not given yet. */
struct side {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	bool waiting; /* the three below are filled */
	enum rc rc;
	struct record r;
	struct err e;
	bool refused; /* the chunk; e says why */
};

struct decoder {
	struct side native;
	struct side foreign;
	struct tree_compare compare;
	struct record_note note;
};

static void
both_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	d->native.kind->destroy(d->native.decoder);
	d->foreign.kind->destroy(d->foreign.decoder);
	tree_compare_free(&d->compare);
	free(d);
}

static enum rc
both_create(struct decoder **dp, const struct decoder_options *o, struct err *e)
{
	struct decoder *const d = calloc(1, sizeof(*d));

	*dp = NULL;
	if (d == NULL)
		return err_nomem(e);
	d->native.kind = &decoder_native;
	d->foreign.kind = &decoder_libevtx;
	tree_compare_init(&d->compare);
	/* What is compared must be read whole. */
	struct decoder_options whole = *o;
	whole.system_only = false;
	enum rc rc = d->native.kind->create(&d->native.decoder, &whole, e);
	if (rc == RC_OK)
		rc = d->foreign.kind->create(&d->foreign.decoder, &whole, e);
	if (rc != RC_OK) {
		both_destroy(d);
		return rc;
	}
	*dp = d;
	return RC_OK;
}

static enum rc
start_side(struct side *s, const struct chunk *c)
{
	err_clear(&s->e);
	s->waiting = false;
	const enum rc rc = s->kind->start(s->decoder, c, &s->e);
	s->refused = rc == RC_SKIP;
	return rc;
}

/* A chunk that one of them refuses is the other's. */
static enum rc
both_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	const enum rc native = start_side(&d->native, c);
	const enum rc foreign = start_side(&d->foreign, c);

	if (native == RC_OK && foreign != RC_FATAL)
		return RC_OK;
	if (foreign == RC_OK && native != RC_FATAL)
		return RC_OK;
	*e = foreign == RC_FATAL ? d->foreign.e : d->native.e;
	return e->rc;
}

static void
look(struct side *s)
{
	if (s->waiting)
		return;
	s->waiting = true;
	memset(&s->r, 0, sizeof(s->r));
	s->rc = RC_END;
	if (s->refused)
		return;
	err_clear(&s->e);
	s->rc = s->kind->next(s->decoder, &s->r, &s->e);
}

/* Give the record of one side. */
static enum rc
give(struct side *s, struct record *r, struct err *e)
{
	s->waiting = false;
	*r = s->r;
	if (s->rc != RC_OK)
		*e = s->e;
	return s->rc;
}

/* A record that only one of them has: why the other has not. */
static void
note_alone(struct decoder *d, const struct side *other, struct record *r)
{
	struct record_note *const note = &d->note;

	memset(note, 0, sizeof(*note));
	if (other->refused)
		(void)snprintf(note->reason, sizeof(note->reason),
		    "only one decoder reads it, %s refuses the chunk: %.*s",
		    other->kind->name, ERR_TEXT_MAX / 2, other->e.text);
	else if (other->waiting || other->rc != RC_SKIP)
		(void)snprintf(note->reason, sizeof(note->reason),
		    "only one decoder reads it, %s does not find it",
		    other->kind->name);
	else
		(void)snprintf(note->reason, sizeof(note->reason),
		    "only one decoder reads it, %s refuses it: %.*s",
		    other->kind->name, ERR_TEXT_MAX / 2, other->e.text);
	r->note = note;
}

/* The record is at the same place for both. */
static enum rc
give_pair(struct decoder *d, struct record *r, struct err *e)
{
	struct side *const n = &d->native;
	struct side *const f = &d->foreign;

	n->waiting = false;
	f->waiting = false;
	if (n->rc != RC_OK || f->rc != RC_OK) {
		struct side *const good = f->rc == RC_OK ? f : n;
		const enum rc rc = give(good, r, e);
		r->name_mismatches = n->r.name_mismatches;
		r->n_name_mismatches = n->r.n_name_mismatches;
		if (rc == RC_OK)
			note_alone(d, good == f ? n : f, r);
		return rc;
	}
	*r = n->r;
	if (tree_compare_equal(&d->compare, &n->r.tree, &f->r.tree))
		return RC_OK;
	memset(&d->note, 0, sizeof(d->note));
	d->note.disagreement = true;
	(void)snprintf(d->note.reason, sizeof(d->note.reason),
	    "the decoders read it differently");
	d->note.path = buf_span(&d->compare.path);
	d->note.native = buf_span(&d->compare.native);
	d->note.foreign = buf_span(&d->compare.foreign);
	r->note = &d->note;
	return RC_OK;
}

static uint32_t
place(const struct side *s)
{
	return s->rc == RC_END ? UINT32_MAX : s->r.header.offset;
}

static enum rc
both_next(struct decoder *d, struct record *r, struct err *e)
{
	struct side *const n = &d->native;
	struct side *const f = &d->foreign;

	look(n);
	look(f);
	if (n->rc == RC_FATAL || f->rc == RC_FATAL)
		return give(n->rc == RC_FATAL ? n : f, r, e);
	if (n->rc == RC_END && f->rc == RC_END)
		return RC_END;
	if (place(n) == place(f) && !n->r.region)
		return give_pair(d, r, e);
	struct side *const first = place(n) <= place(f) ? n : f;
	const enum rc rc = give(first, r, e);
	if (rc == RC_OK)
		note_alone(d, first == n ? f : n, r);
	return rc;
}

static void
both_learn(struct decoder *d, uint32_t from, uint32_t end)
{
	d->native.kind->scan_templates(d->native.decoder, from, end);
}

/* libevtx knows nothing of other chunks, and has its own view of old records:
 * there is no second opinion on late ones. */
static enum rc
both_late(struct decoder *d, const struct decoder_deferred *l, struct record *r,
    struct err *e)
{
	return d->native.kind->read_deferred(d->native.decoder, l, r, e);
}

const struct decoder_kind decoder_compare = {
	.name = "both",
	.create = both_create,
	.destroy = both_destroy,
	.start = both_start,
	.next = both_next,
	.scan_templates = both_learn,
	.read_deferred = both_late,
};
