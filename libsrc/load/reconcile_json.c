/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "load/batch_text.h"
#include "load/reconcile_json.h"
#include "load/report_file.h"
#include "load/session.h"
#include "load/target.h"
#include "util/clock.h"

/* Maximum size of the text of a batch's keys; without a checkpoint, of a whole
 * segment's keys. */
#define KEYS_MAX ((size_t)1 << 30)

/* Findings of one kind in a batch. */
struct list {
	uint64_t n;
	struct buf elements; /* findings as JSON */
};

struct writer {
	const struct reconcile_facts *facts;
	struct report_file file;
	/* Checkpoint of the run; NULL: there is none. */
	struct checkpoint *checkpoint;
	uint32_t staging;
	uint32_t segment;
	bool any; /* the array of batches of the current segment was begun */
	struct batch *batches; /* batches of the segment */
	size_t n;
	size_t at;      /* index of the batch of the findings in `found` */
	uint64_t count; /* number of batches that were written */
	struct list found[RECONCILE_KINDS];
};

/* --- batches ------------------------------------------------------------- */

static const char *const names[RECONCILE_KINDS] = {
	[RECONCILE_MISSING] = "missing",
	[RECONCILE_DOUBLE] = "double",
	[RECONCILE_ALTERED] = "altered",
};

/* Write the lists of findings, and empty them. False if one is incomplete. */
static bool
put_lists(struct writer *w)
{
	struct buf *const out = &w->file.out;
	bool whole = true;

	for (int k = 0; k < RECONCILE_KINDS; k++) {
		struct list *const list = &w->found[k];
		whole = whole && !list->elements.full;
		if (names[k] != NULL) {
			buf_fmt(out, ",\"%s\":[", names[k]);
			buf_put(out, buf_span(&list->elements));
			buf_byte(out, ']');
		}
		list->n = 0;
		buf_cut(&list->elements, 0);
	}
	return whole;
}

/* Write the batch if it has findings. */
static enum rc
end_batch(struct writer *w, struct err *e)
{
	struct buf *const out = &w->file.out;
	char hex[DIGEST_HEX];
	uint64_t all = 0;

	for (int k = 0; k < RECONCILE_KINDS; k++)
		all += w->found[k].n;
	if (all == 0)
		return RC_OK;
	const struct reader *const reader =
	    w->facts->run->stagings[w->staging].reader;
	buf_fmt(out,
	    "%s{\"missing_records\":%" PRIu64 ",\"double_keys\":%" PRIu64
	    ",\"altered_keys\":%" PRIu64 ",\"keyless_records\":%" PRIu64,
	    w->count++ > 0 ? ",\n" : "\n", w->found[RECONCILE_MISSING].n,
	    w->found[RECONCILE_DOUBLE].n, w->found[RECONCILE_ALTERED].n,
	    w->found[RECONCILE_KEYLESS].n);
	report_file_put(
	    &w->file, "segment", reader_segment(reader, w->segment)->name);
	if (w->n > 0) {
		const struct batch *const b = &w->batches[w->at];
		digest_hex(b->key, DIGEST_BYTES, hex);
		buf_byte(out, ',');
		batch_text_put(out, hex);
		report_file_put(&w->file, "status", batch_text_status(b));
		buf_fmt(out, ",\"ambiguous\":%s,\"records\":%" PRIu64,
		    b->ambiguous ? "true" : "false", b->records);
	}
	const bool whole = put_lists(w);
	buf_byte(out, '}');
	return whole ? report_file_flush(&w->file, e) : err_nomem(e);
}

/* Advance to the batch of a record. */
static enum rc
find_batch(
    struct writer *w, const struct expected_record *record, struct err *e)
{
	enum rc rc = RC_OK;

	if (!w->any || record->staging != w->staging ||
	    record->segment != w->segment) {
		rc = end_batch(w, e);
		free(w->batches);
		w->batches = NULL;
		w->n = 0;
		w->at = 0;
		w->any = true;
		w->staging = record->staging;
		w->segment = record->segment;
		const struct reader *const reader =
		    w->facts->run->stagings[w->staging].reader;
		if (rc == RC_OK && w->checkpoint != NULL)
			rc = batch_list(w->checkpoint,
			    reader_segment(reader, w->segment)->sha256,
			    &w->batches, &w->n, e);
	}
	while (rc == RC_OK && w->at + 1 < w->n &&
	       record->offset >= w->batches[w->at + 1].offset) {
		rc = end_batch(w, e);
		w->at++;
	}
	return rc;
}

static void
add_finding(struct writer *w, const struct reconcile_finding *f)
{
	struct list *const list = &w->found[f->kind];
	struct buf *const out = &list->elements;
	const char *const comma = list->n++ > 0 ? "," : "";
	char hex[2 * EXPECTED_KEY + 1];

	digest_hex(f->record.key, EXPECTED_KEY, hex);
	if (f->kind == RECONCILE_MISSING)
		buf_fmt(out, "%s\"%s\"", comma, hex);
	if (f->kind != RECONCILE_DOUBLE && f->kind != RECONCILE_ALTERED)
		return;
	buf_fmt(out,
	    "%s{\"key\":\"%s\",\"rows\":%" PRIu64 ",\"expected\":%" PRIu64,
	    comma, hex, f->copies, f->expected);
	if (f->kind == RECONCILE_ALTERED)
		buf_fmt(out, ",\"altered_rows\":%" PRIu64, f->foreign);
	buf_byte(out, '}');
}

static enum rc
write_findings(struct writer *w, struct err *e)
{
	struct sorter_reader *reader = NULL;
	struct reconcile_finding f;
	struct span bytes;
	enum rc rc = sorter_read(&reader, w->facts->match->findings, e);

	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK) {
		memcpy(&f, bytes.p, sizeof(f));
		rc = find_batch(w, &f.record, e);
		if (rc == RC_OK)
			add_finding(w, &f);
	}
	sorter_reader_destroy(reader);
	return rc == RC_END ? end_batch(w, e) : rc;
}

/* --- the file ------------------------------------------------------------ */

static void
put_head(struct writer *w)
{
	const struct reconcile_report *const r = w->facts->report;
	struct buf *const out = &w->file.out;
	char now[CLOCK_TEXT];

	clock_text(session_environment(w->facts->run)->clock->now(), now);
	buf_fmt(out, "{\"settled\":%s", r->settled ? "true" : "false");
	report_file_put(&w->file, "time", now);
	report_file_put(&w->file, "workspace", w->facts->workspace);
	report_file_put(&w->file, "table", w->facts->table);
	report_file_put(&w->file, "since", w->facts->since);
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "records", r->rows },
		{ "keyless", r->keyless },
		{ "refused", r->refused },
		{ "there", r->there },
		{ "missing", r->missing },
		{ "double", r->doubles },
		{ "extra_rows", r->extra },
		{ "altered", r->altered },
		{ "other_keys", r->others },
		{ "resent", r->resent },
		{ "closed_batches", r->closed },
		{ "kept_batches", r->kept },
	};
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		buf_fmt(out, ",\"%s\":%" PRIu64, counts[i].name, counts[i].n);
	buf_str(out, ",\"content\":[");
	if (w->facts->content != NULL)
		row_content_put_names(w->facts->content, out);
	buf_str(out, "],\"batches\":[");
}

enum rc
reconcile_json(
    int dir, const char *name, const struct reconcile_facts *f, struct err *e)
{
	struct writer w = { .facts = f, .file = { .fd = -1 } };
	enum rc rc = target_view_checkpoint(f->run->target, &w.checkpoint, e);

	for (int k = 0; k < RECONCILE_KINDS; k++)
		buf_init(&w.found[k].elements, KEYS_MAX);
	if (rc == RC_OK || rc == RC_END)
		rc = report_file_open(&w.file, dir, name, e);
	if (rc == RC_OK) {
		put_head(&w);
		rc = write_findings(&w, e);
	}
	buf_str(&w.file.out, "]}\n");
	if (rc == RC_OK)
		rc = report_file_publish(&w.file, e);
	report_file_close(&w.file);
	checkpoint_close(w.checkpoint);
	free(w.batches);
	for (int k = 0; k < RECONCILE_KINDS; k++)
		buf_reset(&w.found[k].elements);
	return rc;
}
