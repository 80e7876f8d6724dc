/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunk_report.h"
#include "select/select.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/num.h"

/* Maximum bytes of lines that one call writes. There is a line for each chunk
 * of a job, and the name of its source may be long. */
#define LINES_MAX ((size_t)64 << 20)

/* A chunk of a job, for which a line is written. */
struct chunk_line {
	const struct job *j;
	const struct job_piece *p;
	const char *content;
	/* Number of the chunk's first line in the staging, from 1. */
	uint64_t first;
};

void
chunk_report_init(struct chunk_report *r, struct writer *out, bool table)
{
	*r = (struct chunk_report){ .out = out, .table = table };
	buf_init(&r->lines, LINES_MAX);
}

void
chunk_report_reset(struct chunk_report *r)
{
	buf_reset(&r->lines);
}

/* --- NDJSON --------------------------------------------------------------- */

/* Append a number; `name` is the name of its member with punctuation. It does
 * not use buf_fmt(), which is slower, because each chunk has many numbers. */
static void
put_count(struct buf *b, const char *name, uint64_t n)
{
	uint8_t text[NUM_DEC_MAX];

	buf_str(b, name);
	buf_put(b, span_of(text, (size_t)(num_u64(text, n) - text)));
}

static void
put_some(struct buf *b, const char *name, uint64_t n)
{
	if (n != 0)
		put_count(b, name, n);
}

static void
put_time(struct buf *b, const char *name, uint64_t filetime)
{
	uint8_t text[FILETIME_MAX];

	if (filetime == 0)
		return;
	buf_str(b, name);
	buf_byte(b, '"');
	buf_put(
	    b, span_of(text, (size_t)(filetime_put(text, filetime) - text)));
	buf_byte(b, '"');
}

/* Append the record counts: always those of the sum (stage/account.h), the
 * others only if they are not 0. */
static void
put_account(struct buf *b, const struct account *a)
{
	const char *split = "\"";

	put_count(b, ",\"accounting\":{\"found\":", a->found);
	put_count(b, ",\"emitted\":", a->emitted);
	buf_str(b, ",\"filtered\":{");
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++) {
		if (a->filtered[i] == 0)
			continue;
		buf_str(b, split);
		buf_str(b, select_reasons[i]);
		put_count(b, "\":", a->filtered[i]);
		split = ",\"";
	}
	put_count(b, "},\"duplicate\":", a->duplicate);
	put_count(b, ",\"damaged\":", a->damaged);
	put_some(b, ",\"borrowed\":", a->borrowed);
	put_some(b, ",\"recovered\":", a->recovered);
	put_some(b, ",\"recovered_filtered\":", a->recovered_filtered);
	put_some(b, ",\"recovered_damaged\":", a->recovered_damaged);
	put_some(b, ",\"regions\":", a->regions);
	put_some(b, ",\"unchecked\":", a->unchecked);
	put_some(b, ",\"hidden\":", a->hidden);
	put_some(b, ",\"repaired\":", a->repaired);
	put_some(b, ",\"names\":", a->names);
	put_some(b, ",\"conflicts\":", a->conflicts);
	put_some(b, ",\"other_channels\":", a->other_channels);
	buf_byte(b, '}');
}

static void
put_line(struct buf *b, const struct chunk_line *c)
{
	const struct account *const a = &c->p->account;
	const uint64_t offset = c->j->offset + c->p->cut.at;

	buf_str(b, "{\"source\":");
	json_put(b, span_str(c->j->name));
	put_count(b, ",\"source_number\":", c->j->source);
	put_count(b, ",\"chunk\":", damage_chunk(offset));
	put_count(b, ",\"offset\":", offset);
	put_count(b, ",\"bytes\":", c->p->cut.n);
	buf_str(b, c->p->bad ? ",\"crc_ok\":false" : ",\"crc_ok\":true");
	if (c->content != NULL) {
		buf_str(b, ",\"content\":");
		json_put(b, span_str(c->content));
	}
	put_account(b, a);
	if (a->emitted + a->recovered != 0)
		put_count(b, ",\"first_line\":", c->first);
	put_some(b, ",\"first_record_id\":", c->p->first_id);
	put_some(b, ",\"last_record_id\":", c->p->last_id);
	put_time(b, ",\"first_time\":", a->first_time);
	put_time(b, ",\"last_time\":", a->last_time);
	buf_str(b, "}\n");
}

/* --- table ---------------------------------------------------------------- */

/* Append the heading above the rows of a source. The name is escaped as in
 * JSON, because whoever made the archive has chosen it. */
static void
put_heading(struct buf *b, const char *source)
{
	json_put(b, span_str(source));
	buf_fmt(b, "\n%8s %12s %-4s %8s %8s %12s %12s  %-28s  %s\n", "chunk",
	    "offset", "CRC", "records", "damaged", "first id", "last id",
	    "first time", "last time");
}

static void
put_row(struct buf *b, const struct chunk_line *c)
{
	const struct account *const a = &c->p->account;
	const uint64_t offset = c->j->offset + c->p->cut.at;
	const struct {
		int width;
		uint64_t n;
	} cells[] = { { 8, a->found }, { 8, a->damaged },
		{ 12, c->p->first_id }, { 12, c->p->last_id } };
	const uint64_t times[] = { a->first_time, a->last_time };

	buf_fmt(b, "%8llu %12llu %-4s",
	    (unsigned long long)damage_chunk(offset),
	    (unsigned long long)offset, c->p->bad ? "bad" : "good");
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		if (cells[i].n == 0)
			buf_fmt(b, " %*s", cells[i].width, "-");
		else
			buf_fmt(b, " %*llu", cells[i].width,
			    (unsigned long long)cells[i].n);
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		char text[FILETIME_MAX + 1] = "-";
		if (times[i] != 0)
			*filetime_put((uint8_t *)text, times[i]) = '\0';
		buf_fmt(b, "  %-28s", text);
	}
	if (c->content != NULL)
		buf_fmt(b, "  %s", c->content);
	buf_str(b, "\n");
}

enum rc
chunk_report_add(struct chunk_report *r, const struct job *j,
    const char *content, struct err *e)
{
	struct buf *const b = &r->lines;
	struct chunk_line c = { j, j->pieces, content,
		writer_line_count(r->out) + 1 };

	if (!writer_wants_chunks(r->out))
		return RC_OK;
	buf_cut(b, 0);
	for (; c.p < j->pieces + j->n_pieces; c.p++) {
		if (c.p->kind == JOB_CHUNK && !r->table) {
			put_line(b, &c);
		} else if (c.p->kind == JOB_CHUNK) {
			if (r->headed != j->source + 1)
				put_heading(b, j->name);
			r->headed = j->source + 1;
			put_row(b, &c);
		}
		c.first += c.p->account.emitted + c.p->account.recovered;
	}
	if (b->full)
		return buf_fail(b, "the text of a job for chunks.ndjson", e);
	return writer_chunks(r->out, buf_span(b), e);
}
