/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/decoder_compare.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "evtx/tree_compare.h"

/* A decoder, and the record that it has read but that is not returned yet. */
struct side {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	bool rejected; /* the decoder rejects the chunk; `e` says why */
	/* A record has been read but not returned: rc, r and e describe it. */
	bool waiting;
	enum rc rc;
	struct record r;
	struct err e;
};

struct decoder {
	struct side native;
	struct side libevtx;
	struct tree_compare compare;
	struct record_note note;
};

static void
compare_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	d->native.kind->destroy(d->native.decoder);
	d->libevtx.kind->destroy(d->libevtx.decoder);
	tree_compare_free(&d->compare);
	free(d);
}

static enum rc
compare_create(
    struct decoder **dp, const struct decoder_options *o, struct err *e)
{
	struct decoder *const d = calloc(1, sizeof(*d));

	*dp = NULL;
	if (d == NULL)
		return err_nomem(e);
	d->native.kind = &decoder_native;
	d->libevtx.kind = &decoder_libevtx;
	tree_compare_init(&d->compare);
	struct decoder_options whole = *o;
	whole.system_only = false; /* the whole records are compared */
	enum rc rc = d->native.kind->create(&d->native.decoder, &whole, e);
	if (rc == RC_OK)
		rc = d->libevtx.kind->create(&d->libevtx.decoder, &whole, e);
	if (rc != RC_OK) {
		compare_destroy(d);
		return rc;
	}
	*dp = d;
	return RC_OK;
}

/* A chunk that one decoder rejects is read by the other. */
static enum rc
compare_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	struct side *const sides[] = { &d->native, &d->libevtx };
	enum rc rc[2];

	for (size_t i = 0; i < 2; i++) {
		struct side *const s = sides[i];
		err_clear(&s->e);
		s->waiting = false;
		rc[i] = s->kind->start(s->decoder, c, &s->e);
		s->rejected = rc[i] == RC_SKIP;
	}
	if (rc[0] != RC_FATAL && rc[1] != RC_FATAL &&
	    (rc[0] == RC_OK || rc[1] == RC_OK))
		return RC_OK;
	*e = rc[1] == RC_FATAL ? d->libevtx.e : d->native.e;
	return e->rc;
}

/* Let a decoder read its next record, unless one is waiting. */
static void
read_ahead(struct side *s)
{
	if (s->waiting)
		return;
	s->waiting = true;
	memset(&s->r, 0, sizeof(s->r));
	s->rc = RC_END;
	if (s->rejected)
		return;
	err_clear(&s->e);
	s->rc = s->kind->next(s->decoder, &s->r, &s->e);
}

/* Return the record of one side; if it was read, note why the other side does
 * not have it. */
static enum rc
return_one(struct decoder *d, struct side *s, struct record *r, struct err *e)
{
	const struct side *const other =
	    s == &d->native ? &d->libevtx : &d->native;
	const char *what = "refuses it: ";
	const char *why = other->e.text;

	s->waiting = false;
	*r = s->r;
	if (s->rc != RC_OK) {
		*e = s->e;
		return s->rc;
	}
	if (other->rejected) {
		what = "refuses the chunk: ";
	} else if (other->waiting || other->rc != RC_SKIP) {
		what = "does not find it";
		why = "";
	}
	memset(&d->note, 0, sizeof(d->note));
	(void)snprintf(d->note.reason, sizeof(d->note.reason),
	    "only one decoder reads it, %s %s%.*s", other->kind->name, what,
	    ERR_TEXT_MAX / 2, why);
	r->note = &d->note;
	return RC_OK;
}

/* Return a record that both sides have at the same offset. */
static enum rc
return_pair(struct decoder *d, struct record *r, struct err *e)
{
	struct side *const n = &d->native;
	struct side *const f = &d->libevtx;

	n->waiting = false;
	f->waiting = false;
	if (n->rc != RC_OK || f->rc != RC_OK) {
		const enum rc rc = return_one(d, f->rc == RC_OK ? f : n, r, e);
		r->name_mismatches = n->r.name_mismatches;
		r->n_name_mismatches = n->r.n_name_mismatches;
		return rc;
	}
	*r = n->r;
	if (tree_compare_equal(&d->compare, &n->r.tree, &f->r.tree))
		return RC_OK;
	d->note = (struct record_note){
		.disagreement = true,
		.reason = "the decoders read it differently",
		.path = buf_span(&d->compare.path),
		.native = buf_span(&d->compare.native),
		.foreign = buf_span(&d->compare.libevtx),
	};
	r->note = &d->note;
	return RC_OK;
}

static enum rc
compare_next(struct decoder *d, struct record *r, struct err *e)
{
	struct side *const n = &d->native;
	struct side *const f = &d->libevtx;

	read_ahead(n);
	read_ahead(f);
	if (n->rc == RC_FATAL || f->rc == RC_FATAL)
		return return_one(d, n->rc == RC_FATAL ? n : f, r, e);
	if (n->rc == RC_END && f->rc == RC_END)
		return RC_END;
	const uint32_t n_at = n->rc == RC_END ? UINT32_MAX : n->r.header.offset;
	const uint32_t f_at = f->rc == RC_END ? UINT32_MAX : f->r.header.offset;
	if (n_at == f_at && !n->r.region)
		return return_pair(d, r, e);
	return return_one(d, n_at <= f_at ? n : f, r, e);
}

static void
compare_scan_templates(struct decoder *d, uint32_t from, uint32_t end)
{
	d->native.kind->scan_templates(d->native.decoder, from, end);
}

/* Only the native decoder reads deferred records: libevtx does not know other
 * chunks, and has its own idea of records in free space. */
static enum rc
compare_read_deferred(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	return d->native.kind->read_deferred(d->native.decoder, l, r, e);
}

const struct decoder_kind decoder_compare = {
	.name = "both",
	.create = compare_create,
	.destroy = compare_destroy,
	.start = compare_start,
	.next = compare_next,
	.scan_templates = compare_scan_templates,
	.read_deferred = compare_read_deferred,
};
