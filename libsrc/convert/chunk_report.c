/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunk_report.h"
#include "convert/chunkline.h"
#include "select/select.h"

#define LINES_MAX ((size_t)64 << 20) /* of a job, with long names */

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

enum rc
chunk_report_add(struct chunk_report *r, const struct job *j,
    const char *content, struct err *e)
{
	uint64_t line = writer_line_count(r->out) + 1;

	if (!writer_wants_chunks(r->out))
		return RC_OK;
	buf_cut(&r->lines, 0);
	for (size_t i = 0; i < j->n_pieces; i++) {
		const struct job_piece *const p = &j->pieces[i];
		const struct chunkline c = {
			.source = j->name,
			.number = j->source,
			.offset = j->offset + p->cut.at,
			.bytes = p->cut.n,
			.crc_ok = !p->bad,
			.content = content,
			.account = &p->account,
			.first_line = line,
			.first_id = p->first_id,
			.last_id = p->last_id,
		};
		line += p->account.emitted + p->account.recovered;
		if (p->kind != JOB_CHUNK)
			continue;
		if (!r->table) {
			chunkline_put(&r->lines, &c, select_reasons);
			continue;
		}
		if (r->headed != j->source + 1)
			chunkline_heading(&r->lines, j->name);
		r->headed = j->source + 1;
		chunkline_row(&r->lines, &c);
	}
	if (r->lines.full)
		return buf_fail(&r->lines, "what waits for chunks.ndjson", e);
	return writer_chunks(r->out, buf_span(&r->lines), e);
}
