/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person or another program wants to read of a checkpoint, as files
 * beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint/batch.h"
#include "checkpoint/history.h"
#include "load/inner.h"
#include "stage/record_key.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/json.h"

#define BLOCK (256U << 10)
/* A larger record is named and not repeated. */
#define RECORD_MAX (64U << 20)
#define OUT_MAX ((size_t)8 * RECORD_MAX)

struct letters {
	struct load *load;
	const char *name; /* of the file, for messages */
	int fd;
	struct buf out;
	struct buf record;
	uint64_t n;     /* lines */
	bool keyless;   /* a doubtful batch has records without a key */
	char first[32]; /* the time of the first doubtful attempt */
	char last[32];
};

/* --- pieces of a line ---------------------------------------------------- */

static unsigned long long
u(uint64_t v)
{
	return v;
}

static void
put_text(struct buf *out, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	buf_fmt(out, ",\"%s\":", name);
	json_put(out, span_str(text));
}

void
load_uuid(const char *key_hex, char out[LOAD_UUID])
{
	(void)snprintf(out, LOAD_UUID, "%.8s-%.4s-8%.3s-a%.3s-%.12s", key_hex,
	    key_hex + 8, key_hex + 13, key_hex + 17, key_hex + 20);
}

static void
put_key(struct buf *out, const char *name, struct span line)
{
	const struct span key = record_key_find(line, false);

	if (key.n == 0)
		return;
	buf_fmt(out, ",\"%s\":", name);
	json_put(out, key);
}

/* Where the bytes are, and the batch that held them. */
static void
put_place(struct letters *l, const struct batch *b, const char *sha256)
{
	const struct load_segment *const s = load_known(l->load, b->segment);

	if (s != NULL)
		put_text(&l->out, "segment", load_meta(l->load, b)->name);
	put_text(&l->out, "sha256", sha256);
	buf_fmt(&l->out, ",\"offset\":%llu,\"length\":%llu", u(b->offset),
	    u(b->length));
}

static void
put_batch(struct buf *out, const char *key_hex)
{
	char uuid[LOAD_UUID];

	load_uuid(key_hex, uuid);
	buf_str(out, "\"batch\":");
	json_put(out, span_str(key_hex));
	put_text(out, "client_request_id", uuid);
}

/* The bytes of a range if its staging is at hand: what cannot be read is
 * named all the same. */
static struct span
bytes_of(struct letters *l, const struct batch *b)
{
	struct err ignored;

	buf_cut(&l->record, 0);
	if (load_known(l->load, b->segment) == NULL || b->length > RECORD_MAX ||
	    load_read(l->load, b, &l->record, &ignored) != RC_OK)
		return span_of(NULL, 0);
	return buf_span(&l->record);
}

static enum rc
end_line(struct letters *l, struct err *e)
{
	buf_str(&l->out, "}\n");
	l->n++;
	if (l->out.full)
		return buf_fail(&l->out, "a dead letter", e);
	if (l->out.n < BLOCK)
		return RC_OK;
	const enum rc rc = io_write(l->fd, buf_span(&l->out), l->name, e);
	buf_cut(&l->out, 0);
	return rc;
}

/* --- the lines ----------------------------------------------------------- */

static const char *
reason_of(const struct letters *l, const struct batch_refusal *r)
{
	if (l->load->sink->local != NULL)
		return "cannot be stored";
	return r->http == 0 ? "too large" : "refused";
}

static enum rc
dead_line(
    void *arg, const struct batch_refusal *r, const char *sha256, struct err *e)
{
	struct letters *const l = arg;
	const struct batch place = {
		.segment = r->segment, .offset = r->offset, .length = r->length
	};
	const struct span record = bytes_of(l, &place);

	buf_byte(&l->out, '{');
	put_batch(&l->out, r->key);
	put_text(&l->out, "reason", reason_of(l, r));
	if (r->http != 0)
		buf_fmt(&l->out, ",\"http\":%ld", r->http);
	put_text(&l->out, "words", r->text);
	put_text(&l->out, "request_id", r->request_id);
	put_text(&l->out, "time", r->added);
	put_place(l, &place, sha256);
	put_key(&l->out, "record_key", record);
	if (record.n > 0) {
		buf_str(&l->out, ",\"record\":");
		json_put(&l->out, record);
	}
	return end_line(l, e);
}

static const char *
status_of(const struct batch *b)
{
	static const char *const names[] = { "planned", "sent", "acked",
		"refused", "split" };

	return (size_t)b->status < sizeof(names) / sizeof(*names)
		   ? names[b->status]
		   : "";
}

static void
put_ends(struct letters *l, const struct batch *b)
{
	const struct span lines = bytes_of(l, b);
	const uint8_t *const lf =
	    lines.n == 0 ? NULL : memchr(lines.p, '\n', lines.n);
	size_t last = lines.n;

	if (lines.n == 0)
		return;
	const struct span first =
	    span_of(lines.p, lf == NULL ? lines.n : (size_t)(lf - lines.p));
	l->keyless = l->keyless || record_key_find(first, false).n == 0;
	for (last--; last > 0 && lines.p[last - 1] != '\n';)
		last--;
	put_key(&l->out, "first_record_key", first);
	put_key(&l->out, "last_record_key",
	    span_of(lines.p + last, lines.n - last));
}

/* What its rows had as TimeGenerated, if not their own. */
static void
put_stamp(struct letters *l, const struct batch *b)
{
	char text[CLOCK_TEXT];

	if (b->stamp == 0)
		return;
	clock_text(b->stamp, text);
	put_text(&l->out, "time_generated", text);
}

static void
widen(struct letters *l, const struct batch_attempt *a)
{
	if (l->first[0] == '\0' || strcmp(a->begun, l->first) < 0)
		(void)snprintf(l->first, sizeof(l->first), "%s", a->begun);
	if (strcmp(a->ended, l->last) > 0)
		(void)snprintf(l->last, sizeof(l->last), "%s", a->ended);
}

static enum rc
ambiguous_line(void *arg, const struct batch_attempt *a, struct err *e)
{
	struct letters *const l = arg;
	char hex[DIGEST_HEX];

	digest_hex(a->batch->key, DIGEST_BYTES, hex);
	buf_byte(&l->out, '{');
	put_batch(&l->out, hex);
	put_text(&l->out, "status", status_of(a->batch));
	buf_fmt(&l->out, ",\"records\":%llu", u(a->batch->records));
	put_place(l, a->batch, a->sha256);
	put_ends(l, a->batch);
	put_stamp(l, a->batch);
	buf_fmt(&l->out, ",\"attempts\":%llu", u(a->number));
	put_text(&l->out, "begun", a->begun);
	put_text(&l->out, "ended", a->ended);
	put_text(&l->out, "outcomes", a->answer.outcome);
	widen(l, a);
	return end_line(l, e);
}

static enum rc
receipt_line(void *arg, const struct batch_attempt *a, struct err *e)
{
	struct letters *const l = arg;
	char hex[DIGEST_HEX];

	digest_hex(a->batch->key, DIGEST_BYTES, hex);
	buf_byte(&l->out, '{');
	put_batch(&l->out, hex);
	buf_fmt(&l->out, ",\"attempt\":%llu", u(a->number));
	put_text(&l->out, "begun", a->begun);
	put_text(&l->out, "ended", a->ended);
	put_text(&l->out, "outcome", a->answer.outcome);
	if (a->answer.http != 0)
		buf_fmt(&l->out, ",\"http\":%ld", a->answer.http);
	put_text(&l->out, "request_id", a->answer.request_id);
	put_text(&l->out, "words", a->answer.text);
	buf_fmt(&l->out, ",\"records\":%llu", u(a->batch->records));
	put_place(l, a->batch, a->sha256);
	return end_line(l, e);
}

/* --- the files ----------------------------------------------------------- */

static enum rc
remove_file(int dir, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return RC_OK;
	return err_sys(e, RC_FATAL, "remove %s", name);
}

/* Write the file `name` of the lines that `each` gives; without any there is
 * no such file. */
static enum rc
publish(struct letters *l, int dir, const char *name,
    const struct history_visitor *each, struct err *e)
{
	char tmp[300];

	(void)snprintf(tmp, sizeof(tmp), ".%.250s.tmp", name);
	l->name = name;
	l->n = 0;
	buf_cut(&l->out, 0);
	l->fd = openat(dir, tmp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd == -1)
		return err_sys(e, RC_FATAL, "create %s", tmp);
	enum rc rc = history_visit(l->load->state, each, e);
	if (rc == RC_OK)
		rc = io_write(l->fd, buf_span(&l->out), name, e);
	if (rc == RC_OK && l->n > 0)
		rc = io_publish(dir, l->fd, tmp, name, e);
	else if (rc == RC_OK)
		rc = remove_file(dir, name, e);
	(void)close(l->fd);
	(void)unlinkat(dir, tmp, 0);
	return rc;
}

static enum rc
write_query(struct letters *l, int dir, struct err *e)
{
	struct load_report *const report = l->load->report;
	const struct table *const table = l->load->run->sources[0].table;

	if (l->n == 0)
		return remove_file(dir, "doubles.kql", e);
	/* A record may wait for a while before it is stored. Without a key it
	 * is known by what Windows numbered it with. */
	(void)snprintf(report->query, sizeof(report->query),
	    "%s\n"
	    "| where ingestion_time() between "
	    "(datetime(%s) .. (datetime(%s) + 1h))\n"
	    "| summarize Copies = count() by %s\n"
	    "| where Copies > 1\n",
	    table->name, l->first, l->last[0] != '\0' ? l->last : l->first,
	    l->keyless ? "Computer, Channel, EventRecordId, TimeCreated_CF"
		       : "RecordKey_CF");
	return io_write_file(dir, "doubles.kql", span_str(report->query), e);
}

static enum rc
write_all(struct letters *l, int dir, struct err *e)
{
	const struct load_report *const r = l->load->report;
	const struct history_visitor dead = { .refusal = dead_line, .arg = l };
	const struct history_visitor doubts = { .ambiguous = ambiguous_line,
		.arg = l };
	const struct history_visitor receipts = { .attempt = receipt_line,
		.arg = l };
	enum rc rc = publish(l, dir, "dead.ndjson", &dead, e);

	if (rc == RC_OK)
		rc = publish(l, dir, "ambiguous.ndjson", &doubts, e);
	if (rc == RC_OK)
		rc = write_query(l, dir, e);
	/* They are many, and there are none without a request. */
	if (rc == RC_OK && (r->requests > 0 || r->resumed > 0 ||
			       faccessat(dir, "receipts.ndjson", F_OK, 0) != 0))
		rc = publish(l, dir, "receipts.ndjson", &receipts, e);
	return rc;
}

/* Beside a database only what was refused: its batches are never doubtful. */
static enum rc
write_beside(struct letters *l, const char *path, struct err *e)
{
	const struct history_visitor dead = { .refusal = dead_line, .arg = l };
	const char *const slash = strrchr(path, '/');
	char folder[LOAD_PATH];
	char name[256];

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	const int n = snprintf(name, sizeof(name), "%s-dead.ndjson",
	    slash == NULL ? path : slash + 1);
	if (n < 0 || (size_t)n >= 250)
		return RC_OK;
	const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return err_sys(e, RC_FATAL, "open %s", folder);
	const bool any =
	    l->load->report->refused > 0 || faccessat(dir, name, F_OK, 0) == 0;
	const enum rc rc = any ? publish(l, dir, name, &dead, e) : RC_OK;
	(void)close(dir);
	return rc;
}

enum rc
load_letters(struct load *load, struct err *e)
{
	struct letters l = { .load = load, .fd = -1 };
	const struct load_target *const t = load->run->target;
	enum rc rc = RC_OK;

	buf_init(&l.out, OUT_MAX);
	buf_init(&l.record, RECORD_MAX);
	if (load->sink->local != NULL) {
		rc = write_beside(&l, t->path, e);
	} else {
		const int dir =
		    open(t->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = dir == -1 ? err_sys(e, RC_FATAL, "open %s", t->state)
			       : write_all(&l, dir, e);
		if (dir != -1)
			(void)close(dir);
	}
	buf_reset(&l.out);
	buf_reset(&l.record);
	return rc;
}
