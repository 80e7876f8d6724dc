/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "convert/damage.h"
#include "convert/deferred.h"
#include "evtx/signature_repair.h"

/* JSON members that are added at the end of a row. */
#define BORROWED SPAN(",\"TemplateSource_CF\":\"borrowed\"")
#define RECOVERED SPAN(",\"Recovered_CF\":true")
#define FROM_HIDDEN SPAN(",\"RecoveredFrom_CF\":\"hidden\"")
#define FROM_SLACK SPAN(",\"RecoveredFrom_CF\":\"slack\"")
#define END SPAN("}\n")

/* The record of the job that is being read. */
struct reading {
	const struct deferred_tools *t;
	struct job *j;
	const struct chunk *chunk;
	const struct deferred_record *what;
	struct record r;
	enum rc rc; /* RC_SKIP: the record cannot be read, e says why */
	struct err e;
	size_t start; /* offset of the record's row in out.text */
};

static void
report(const struct reading *in, const char *kind, const char *reason,
    const struct damage_hidden *by)
{
	struct damage d = damage_of_record(
	    &in->r.header, kind, in->rc == RC_SKIP ? "nothing" : "the record");

	d.recovered_templates = in->r.recovered_templates;
	d.n_recovered_templates = in->r.n_recovered_templates;
	d.hidden_by = by;
	job_report_damage(in->j, &d, reason);
}

/* Append a JSON member to the record's row, if it has a row. */
static void
mark(const struct reading *in, struct span member)
{
	struct buf *const text = &in->j->out.text;
	struct err e;

	if (text->n == in->start)
		return;
	buf_cut(text, text->n - END.n);
	buf_put(text, member);
	buf_put(text, END);
	if (text->full) {
		(void)err_nomem(&e);
		job_fail(in->j, &e);
	}
}

static void
count_orphan(struct reading *in)
{
	struct account *const a = &in->j->out.account;
	bool sound = true; /* the templates come from intact chunks */

	a->found++;
	if (in->rc == RC_SKIP) {
		a->damaged++;
		report(in, "record", in->e.text, NULL);
		return;
	}
	if (in->r.repaired != NULL)
		report(in, "repaired", in->r.repaired, NULL);
	if (in->r.n_recovered_templates == 0)
		return;
	a->borrowed++;
	mark(in, BORROWED);
	for (size_t i = 0; i < in->r.n_recovered_templates; i++)
		sound = sound && in->r.recovered_templates[i]->sound;
	report(in, "borrowed",
	    sound ? "its template is missing: borrowed from another chunk"
		  : "its template is missing: borrowed from another chunk, "
		    "whose checksum is wrong, too",
	    NULL);
}

/* Count a hidden or carved record. It is not part of the sum in
 * stage/account.h, and its time does not count as first or last time. */
static void
count_recovered(struct reading *in, const struct account *before)
{
	const bool hidden = in->what->kind == DEFERRED_HIDDEN;
	const struct damage_hidden by = { in->what->by_id,
		in->j->offset + in->what->by_offset };
	struct account *const a = &in->j->out.account;
	const bool emitted = a->emitted != before->emitted;
	char why[2 * ERR_TEXT_MAX];

	*a = *before;
	if (in->rc == RC_SKIP)
		a->recovered_damaged++;
	else if (emitted)
		a->recovered++;
	else
		a->recovered_filtered++;
	if (emitted) {
		if (in->r.n_recovered_templates != 0)
			mark(in, BORROWED);
		if (!in->t->says_recovered)
			mark(in, RECOVERED);
		mark(in, hidden ? FROM_HIDDEN : FROM_SLACK);
	}
	if (hidden) {
		/* A hidden record is reported even if its row is filtered. */
		a->hidden++;
		(void)snprintf(why, sizeof(why), "%s%s%s", DAMAGE_HIDDEN,
		    in->rc == RC_SKIP ? ", and it cannot be read: " : "",
		    in->rc == RC_SKIP ? in->e.text : "");
		report(in, "hidden", why, &by);
	} else if (emitted || in->rc == RC_SKIP) {
		report(in, "recovered",
		    emitted ? "an old record was found in free space"
			    : in->e.text,
		    NULL);
	}
}

static void
read_record(struct reading *in)
{
	const enum deferred_kind kind = in->what->kind;
	const struct decoder_deferred how = {
		.offset = in->what->offset,
		.carved = kind == DEFERRED_CARVED || kind == DEFERRED_INNER,
		.embedded = kind == DEFERRED_INNER,
		.hidden = kind == DEFERRED_HIDDEN,
		.catalog = in->j->templates,
	};
	struct lines *const out = &in->j->out;
	const struct account before = out->account;

	err_clear(&in->e);
	in->start = out->text.n;
	if (in->what->before != 0)
		out->last_time = in->what->before;
	in->rc =
	    in->t->kind->read_deferred(in->t->decoder, &how, &in->r, &in->e);
	if (in->rc == RC_OK) {
		signature_repair_report(in->chunk, &in->r, in->t->repaired);
		in->rc = recorder_add(in->t->recorder, &in->r, out, &in->e);
	}
	if (in->rc == RC_FATAL)
		job_fail(in->j, &in->e);
	else if (kind == DEFERRED_ORPHAN)
		count_orphan(in);
	else
		count_recovered(in, &before);
}

/* Restore the chunk to the state in which its records were deferred. */
static void
read_chunk(const struct deferred_tools *t, const struct job *j, struct chunk *c)
{
	struct span bytes = span_of(j->bytes, CHUNK_BYTES);
	const size_t n = j->deferred[0].n;

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
		.n = j->deferred[0].n };
	struct chunk c;
	struct reading in = { .t = t, .j = j, .chunk = &c };

	read_chunk(t, j, &c);
	struct provenance from = job_provenance(j, &cut, &c);
	from.recovered = j->deferred[0].record.kind != DEFERRED_ORPHAN;
	recorder_from(t->recorder, &from, &c);
	err_clear(&in.e);
	lines_limit(&j->out, JOB_CHUNK_LINES_MAX);
	/* If the decoder rejects the chunk, it rejects each record below. */
	if (t->kind->start(t->decoder, &c, &in.e) == RC_FATAL)
		job_fail(j, &in.e);
	for (size_t i = 0; i < j->n_deferred && !j->failed; i++) {
		in.what = &j->deferred[i].record;
		read_record(&in);
		if (!j->failed && stop_overdue(t->stop)) {
			(void)err_set(
			    &in.e, RC_FATAL, WHY_STOPPED, "interrupted");
			job_fail(j, &in.e);
		}
	}
	j->n_pieces = 1;
	j->pieces[0] = (struct job_piece){ cut, JOB_CHUNK, !from.crc_ok,
		j->out.account, j->out.n_keys, j->out.job_coverage.first_id,
		j->out.job_coverage.last_id };
}
