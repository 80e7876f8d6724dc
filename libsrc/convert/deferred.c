/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "convert/damage.h"
#include "convert/deferred.h"
#include "evtx/signature_repair.h"

#define BORROWED SPAN(",\"TemplateSource_CF\":\"borrowed\"")
#define RECOVERED SPAN(",\"Recovered_CF\":true")
#define FROM_HIDDEN SPAN(",\"RecoveredFrom_CF\":\"hidden\"")
#define FROM_SLACK SPAN(",\"RecoveredFrom_CF\":\"slack\"")
#define END SPAN("}\n")

/* A record of a job on its way. */
struct late {
	const struct deferred_tools *t;
	struct job *j;
	const struct chunk *chunk;
	const struct deferred_record *what;
	struct record r;
	struct err e;
	size_t start; /* of its line */
};

static void
note(const struct late *l, struct damage d, const char *reason)
{
	d.source = l->j->name;
	d.offset = l->j->offset + l->r.header.offset;
	d.length = l->r.header.size;
	d.record = l->r.header.id;
	d.recovered_templates = l->r.recovered_templates;
	d.n_recovered_templates = l->r.n_recovered_templates;
	damage_put(&l->j->damage, &d, reason);
}

/* Whether the borrowed templates were seen where checksums hold. */
static bool
is_sound(const struct record *r)
{
	for (size_t i = 0; i < r->n_recovered_templates; i++) {
		if (!r->recovered_templates[i]->sound)
			return false;
	}
	return true;
}

/* A member at the end of the line, if there is a line. */
static void
mark(const struct late *l, struct span member)
{
	struct buf *const text = &l->j->out.text;

	if (text->n == l->start)
		return;
	buf_cut(text, text->n - END.n);
	buf_put(text, member);
	buf_put(text, END);
	if (text->full) {
		l->j->failed = true;
		(void)err_nomem(&l->j->err);
	}
}

static void
count_orphan(struct late *l, enum rc rc)
{
	struct account *const a = &l->j->out.account;
	const struct damage lost = { .kind = "record", .salvaged = "nothing" };
	const struct damage read = { .kind = "borrowed",
		.salvaged = "the record" };
	const struct damage repaired = { .kind = "repaired",
		.salvaged = "the record" };

	a->found++;
	if (rc == RC_SKIP) {
		a->damaged++;
		note(l, lost, l->e.text);
		return;
	}
	if (l->r.repaired != NULL)
		note(l, repaired, l->r.repaired);
	if (l->r.n_recovered_templates == 0)
		return;
	a->borrowed++;
	mark(l, BORROWED);
	note(l, read,
	    is_sound(&l->r)
		? "its template is missing: borrowed from another chunk"
		: "its template is missing: borrowed from another chunk, whose "
		  "checksum is wrong, too");
}

/* Recovered records are in no term of the sum, and their times are not the
 * log's. True if there is a line. */
static bool
count_recovered(struct late *l, enum rc rc, const struct account *before)
{
	struct account *const a = &l->j->out.account;
	const bool kept = a->emitted != before->emitted;

	*a = *before;
	if (rc == RC_SKIP)
		a->recovered_damaged++;
	else if (kept)
		a->recovered++;
	else
		a->recovered_filtered++;
	if (!kept)
		return false;
	if (l->r.n_recovered_templates != 0)
		mark(l, BORROWED);
	if (!l->t->says_recovered)
		mark(l, RECOVERED);
	mark(l, l->what->kind == DEFERRED_HIDDEN ? FROM_HIDDEN : FROM_SLACK);
	return true;
}

static void
count_old(struct late *l, enum rc rc, const struct account *before)
{
	const struct damage lost = { .kind = "recovered",
		.salvaged = "nothing" };
	const struct damage read = { .kind = "recovered",
		.salvaged = "the record" };

	if (count_recovered(l, rc, before))
		note(l, read, "an old record, where no live one is");
	else if (rc == RC_SKIP)
		note(l, lost, l->e.text);
}

/* A hidden record is named whatever becomes of it. */
static void
count_hidden(struct late *l, enum rc rc, const struct account *before)
{
	const struct damage_hidden by = { l->what->by_id,
		l->j->offset + l->what->by_offset };
	const struct damage d = { .kind = "hidden",
		.hidden_by = &by,
		.salvaged = rc == RC_SKIP ? "nothing" : "the record" };
	char why[2 * ERR_TEXT_MAX];

	(void)count_recovered(l, rc, before);
	l->j->out.account.hidden++;
	(void)snprintf(why, sizeof(why), "%s%s%s", DAMAGE_HIDDEN,
	    rc == RC_SKIP ? ", and it cannot be read: " : "",
	    rc == RC_SKIP ? l->e.text : "");
	note(l, d, why);
}

static void
read_one(struct late *l)
{
	const enum deferred_kind kind = l->what->kind;
	const struct decoder_deferred how = {
		.offset = l->what->offset,
		.carved = kind == DEFERRED_CARVED || kind == DEFERRED_INNER,
		.embedded = kind == DEFERRED_INNER,
		.hidden = kind == DEFERRED_HIDDEN,
		.catalog = l->j->known,
	};
	struct lines *const out = &l->j->out;
	const struct account before = out->account;

	err_clear(&l->e);
	l->start = out->text.n;
	if (l->what->before != 0)
		out->last_time = l->what->before;
	enum rc rc =
	    l->t->kind->read_deferred(l->t->decoder, &how, &l->r, &l->e);
	if (rc == RC_OK)
		signature_repair_report(l->chunk, &l->r, l->t->repaired);
	if (rc == RC_OK)
		rc = recorder_add(l->t->recorder, &l->r, out, &l->e);
	if (rc == RC_FATAL) {
		l->j->failed = true;
		l->j->err = l->e;
	} else if (how.carved) {
		count_old(l, rc, &before);
	} else if (how.hidden) {
		count_hidden(l, rc, &before);
	} else {
		count_orphan(l, rc);
	}
}

/* The chunk as it was when its records were set aside. */
static void
read_chunk(const struct deferred_tools *t, const struct job *j, struct chunk *c)
{
	struct span bytes = span_of(j->bytes, CHUNK_BYTES);
	const size_t n = j->aside[0].n;

	if (n < CHUNK_BYTES) {
		memcpy(t->padded, j->bytes, n);
		memset(t->padded + n, 0, CHUNK_BYTES - n);
		bytes = span_of(t->padded, CHUNK_BYTES);
	}
	if (!chunk_read(c, bytes))
		chunk_init_headerless(c, bytes);
	chunk_truncate(c, n);
	signature_repair_chunk(c, t->mended);
}

void
deferred_run(const struct deferred_tools *t, struct job *j)
{
	const struct chunk_piece cut = { .kind = PIECE_CHUNK,
		.n = j->aside[0].n };
	struct chunk c;
	struct late l = { .t = t, .j = j, .chunk = &c };

	read_chunk(t, j, &c);
	struct provenance from = job_provenance(j, &cut, &c);
	from.recovered = j->aside[0].record.kind != DEFERRED_ORPHAN;
	recorder_from(t->recorder, &from, &c);
	err_clear(&j->err);
	lines_limit(&j->out, JOB_CHUNK_LINES_MAX);
	/* A decoder that refuses the chunk refuses its records one by one. */
	if (t->kind->start(t->decoder, &c, &j->err) == RC_FATAL)
		j->failed = true;
	for (size_t i = 0; i < j->n_aside && !j->failed; i++) {
		if (stop_overdue(t->stop)) {
			j->failed = true;
			(void)err_set(
			    &j->err, RC_FATAL, WHY_STOPPED, "interrupted");
		}
		l.what = &j->aside[i].record;
		read_one(&l);
	}
	j->n_pieces = 1;
	j->pieces[0] = (struct job_piece){ cut, JOB_CHUNK, !from.crc_ok,
		j->out.account, j->out.n_keys, j->out.job_coverage.first_id,
		j->out.job_coverage.last_id };
}
