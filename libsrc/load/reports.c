/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint/batch.h"
#include "checkpoint/history.h"
#include "load/batch_text.h"
#include "load/report_file.h"
#include "load/reports.h"
#include "stage/record_key.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/json.h"

#define PATH_TEXT 4096
/* Maximum size of a record; the text of a larger one is left out. */
#define RECORD_MAX (64U << 20)

struct reports {
	struct session *session;
	struct report_file file;
	struct buf record;
	uint64_t lines; /* number of lines in the file */
	bool keyless;   /* an ambiguous batch has records without a key */
	char first[32]; /* time of the first attempt of an ambiguous batch */
	char last[32];  /* end of the last attempt of an ambiguous batch */
};

/* --- members of a line --------------------------------------------------- */

static void
put_if_set(struct reports *r, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		report_file_put(&r->file, name, text);
}

static void
put_key(struct reports *r, const char *name, struct span line)
{
	const struct span key = record_key_find(line, false);

	if (key.n == 0)
		return;
	buf_fmt(&r->file.out, ",\"%s\":", name);
	json_put(&r->file.out, key);
}

/* Put the place of a batch or a record in the stagings. The segment's name is
 * omitted if its staging was not given to this run. */
static void
put_place(struct reports *r, const struct batch *b, const char *sha256)
{
	if (session_find_segment(r->session, b->segment) != NULL)
		put_if_set(
		    r, "segment", session_segment_of(r->session, b)->name);
	put_if_set(r, "sha256", sha256);
	buf_fmt(&r->file.out, ",\"offset\":%" PRIu64 ",\"length\":%" PRIu64,
	    b->offset, b->length);
}

/* Returns the lines of a range; an empty span if they cannot be read: the line
 * of the report is written without them. */
static struct span
lines_of(struct reports *r, const struct batch *b)
{
	struct err ignored;

	buf_cut(&r->record, 0);
	if (session_find_segment(r->session, b->segment) == NULL ||
	    b->length > RECORD_MAX ||
	    session_read_batch(r->session, b, &r->record, &ignored) != RC_OK)
		return span_of(NULL, 0);
	return buf_span(&r->record);
}

static enum rc
end_line(struct reports *r, struct err *e)
{
	buf_str(&r->file.out, "}\n");
	r->lines++;
	return report_file_flush(&r->file, e);
}

/* --- lines --------------------------------------------------------------- */

static enum rc
put_dead(void *arg, const struct batch_refusal *refusal, const char *sha256,
    struct err *e)
{
	struct reports *const r = arg;
	struct buf *const out = &r->file.out;
	const struct batch place = { .segment = refusal->segment,
		.offset = refusal->offset,
		.length = refusal->length };
	const struct span record = lines_of(r, &place);
	const char *reason = refusal->http == 0 ? "too large" : "refused";

	if (r->session->sink->local != NULL)
		reason = "cannot be stored";
	buf_byte(out, '{');
	batch_text_put(out, refusal->key);
	put_if_set(r, "reason", reason);
	if (refusal->http != 0)
		buf_fmt(out, ",\"http\":%ld", refusal->http);
	put_if_set(r, "words", refusal->text);
	put_if_set(r, "request_id", refusal->request_id);
	put_if_set(r, "time", refusal->added);
	put_place(r, &place, sha256);
	put_key(r, "record_key", record);
	if (record.n > 0) {
		buf_str(out, ",\"record\":");
		json_put(out, record);
	}
	return end_line(r, e);
}

static enum rc
put_ambiguous(void *arg, const struct batch_attempt *a, struct err *e)
{
	struct reports *const r = arg;
	const struct batch *const b = a->batch;
	char hex[DIGEST_HEX];
	char time[CLOCK_TEXT];

	digest_hex(b->key, DIGEST_BYTES, hex);
	buf_byte(&r->file.out, '{');
	batch_text_put(&r->file.out, hex);
	put_if_set(r, "status", batch_text_status(b));
	buf_fmt(&r->file.out, ",\"records\":%" PRIu64, b->records);
	put_place(r, b, a->sha256);
	const struct span lines = lines_of(r, b);
	if (lines.n > 0) {
		const struct span first = batch_text_lines(lines, 1);
		size_t last = lines.n - 1;
		while (last > 0 && lines.p[last - 1] != '\n')
			last--;
		r->keyless = r->keyless || record_key_find(first, false).n == 0;
		put_key(r, "first_record_key", first);
		put_key(r, "last_record_key",
		    span_of(lines.p + last, lines.n - last));
	}
	if (b->stamp != 0) {
		clock_text(b->stamp, time);
		put_if_set(r, "time_generated", time);
	}
	buf_fmt(&r->file.out, ",\"attempts\":%" PRIu64, a->number);
	put_if_set(r, "begun", a->begun);
	put_if_set(r, "ended", a->ended);
	put_if_set(r, "outcomes", a->answer.outcome);
	if (r->first[0] == '\0' || strcmp(a->begun, r->first) < 0)
		(void)snprintf(r->first, sizeof(r->first), "%s", a->begun);
	if (strcmp(a->ended, r->last) > 0)
		(void)snprintf(r->last, sizeof(r->last), "%s", a->ended);
	return end_line(r, e);
}

static enum rc
put_receipt(void *arg, const struct batch_attempt *a, struct err *e)
{
	struct reports *const r = arg;
	struct buf *const out = &r->file.out;
	char hex[DIGEST_HEX];

	digest_hex(a->batch->key, DIGEST_BYTES, hex);
	buf_byte(out, '{');
	batch_text_put(out, hex);
	buf_fmt(out, ",\"attempt\":%" PRIu64, a->number);
	put_if_set(r, "begun", a->begun);
	put_if_set(r, "ended", a->ended);
	put_if_set(r, "outcome", a->answer.outcome);
	if (a->answer.http != 0)
		buf_fmt(out, ",\"http\":%ld", a->answer.http);
	put_if_set(r, "request_id", a->answer.request_id);
	put_if_set(r, "words", a->answer.text);
	buf_fmt(out, ",\"records\":%" PRIu64, a->batch->records);
	put_place(r, a->batch, a->sha256);
	put_if_set(r, "collection", a->collection);
	return end_line(r, e);
}

/* --- files --------------------------------------------------------------- */

static enum rc
remove_file(int dir, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return RC_OK;
	return err_sys(e, RC_FATAL, "remove %s", name);
}

/* Write the lines that `each` puts; a file without lines is removed. */
static enum rc
write_lines(struct reports *r, int dir, const char *name,
    const struct history_visitor *each, struct err *e)
{
	enum rc rc = report_file_open(&r->file, dir, name, e);

	r->lines = 0;
	if (rc == RC_OK)
		rc = history_visit(r->session->checkpoint, each, e);
	if (rc == RC_OK)
		rc = r->lines > 0 ? report_file_publish(&r->file, e)
				  : remove_file(dir, name, e);
	report_file_close(&r->file);
	return rc;
}

static enum rc
write_query(struct reports *r, int dir, struct err *e)
{
	struct load_report *const report = r->session->report;
	const struct table *const table = r->session->run->stagings[0].table;

	if (r->lines == 0)
		return remove_file(dir, "doubles.kql", e);
	/* A row may be stored up to an hour after its request. Records without
	 * a key are recognised by the numbers that Windows gave them. */
	(void)snprintf(report->query, sizeof(report->query),
	    "%s\n"
	    "| where ingestion_time() between "
	    "(datetime(%s) .. (datetime(%s) + 1h))\n"
	    "| summarize Copies = count() by %s\n"
	    "| where Copies > 1\n",
	    table->name, r->first, r->last[0] != '\0' ? r->last : r->first,
	    r->keyless ? "Computer, Channel, EventRecordId, TimeCreated_CF"
		       : "RecordKey_CF");
	return io_write_file(dir, "doubles.kql", span_str(report->query), e);
}

static enum rc
write_in_folder(struct reports *r, struct err *e)
{
	const struct load_report *const report = r->session->report;
	const char *const path = r->session->run->target->state;
	const struct history_visitor dead = { .refusal = put_dead, .arg = r };
	const struct history_visitor ambiguous = { .ambiguous = put_ambiguous,
		.arg = r };
	const struct history_visitor receipts = { .attempt = put_receipt,
		.arg = r };
	const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		return err_sys(e, RC_FATAL, "open %s", path);
	enum rc rc = write_lines(r, dir, "dead.ndjson", &dead, e);
	if (rc == RC_OK)
		rc = write_lines(r, dir, "ambiguous.ndjson", &ambiguous, e);
	if (rc == RC_OK)
		rc = write_query(r, dir, e);
	/* Receipts are many, and there are new ones only after requests. */
	if (rc == RC_OK && (report->requests > 0 || report->resumed > 0 ||
			       faccessat(dir, "receipts.ndjson", F_OK, 0) != 0))
		rc = write_lines(r, dir, "receipts.ndjson", &receipts, e);
	(void)close(dir);
	return rc;
}

/* For a database there are only refused records: its batches are never
 * ambiguous. */
static enum rc
write_beside_database(struct reports *r, struct err *e)
{
	const struct history_visitor dead = { .refusal = put_dead, .arg = r };
	const char *const path = r->session->run->target->path;
	const char *const slash = strrchr(path, '/');
	char folder[PATH_TEXT];
	char name[REPORT_FILE_NAME];

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	const int n = snprintf(name, sizeof(name), "%s-dead.ndjson",
	    slash == NULL ? path : slash + 1);
	/* The name with which the file is created is five bytes longer. */
	if (n < 0 || n >= 250)
		return RC_OK;
	const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return err_sys(e, RC_FATAL, "open %s", folder);
	const bool needed = r->session->report->refused > 0 ||
			    faccessat(dir, name, F_OK, 0) == 0;
	const enum rc rc = needed ? write_lines(r, dir, name, &dead, e) : RC_OK;
	(void)close(dir);
	return rc;
}

enum rc
reports_write(struct session *s, struct err *e)
{
	struct reports r = { .session = s, .file.fd = -1 };

	buf_init(&r.record, RECORD_MAX);
	const enum rc rc = s->sink->local != NULL ? write_beside_database(&r, e)
						  : write_in_folder(&r, e);
	buf_reset(&r.record);
	return rc;
}
