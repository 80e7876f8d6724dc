/* SPDX-License-Identifier: Apache-2.0 */
#include "load/batcher.h"
#include "checkpoint/batch.h"
#include "load/row_time.h"

/* Report the batch and begin the next one. A batch without records is not
 * reported: its range has only skipped rows. */
static enum rc
finish_batch(struct batcher *m, struct err *e)
{
	struct batch *const b = &m->batch;

	if (b->records == 0)
		return RC_OK;
	const enum rc rc = m->add(m->arg, b, e);
	b->offset += b->length;
	b->length = 0;
	b->records = 0;
	b->refused = 0;
	b->status = BATCH_PLANNED;
	m->bytes = 0;
	m->earliest = 0;
	m->latest = 0;
	return rc;
}

/* True if a row of this size and time does not fit into the current batch. */
static bool
is_over(const struct batcher *m, uint64_t bytes, uint64_t time)
{
	const uint64_t max = m->sink->max_bytes;
	const bool too_early = time < m->latest && m->latest - time > m->span;
	const bool too_late =
	    time > m->earliest && time - m->earliest > m->span;
	const bool exceeds_span = m->span != 0 && time != 0 &&
				  m->earliest != 0 && (too_early || too_late);

	return m->batch.status == BATCH_REFUSED ||
	       m->batch.records == m->sink->max_records || bytes > max ||
	       m->bytes > max - bytes || exceeds_span;
}

static enum rc
add_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct batcher *const m = arg;
	struct batch *const b = &m->batch;
	const uint64_t max = m->sink->max_bytes;
	/* Length of the line with its LF. */
	const uint64_t bytes = line->length + 1;
	const uint64_t time =
	    m->preflight != NULL ? row_time_read(line->text) : 0;

	if (m->preflight != NULL && bytes <= max)
		preflight_count(m->preflight, line->text, time);
	/* Skipped rows before this row belong to the previous batch. */
	b->length = line->offset - b->offset;
	const enum rc rc = is_over(m, bytes, time) ? finish_batch(m, e) : RC_OK;
	if (rc != RC_OK)
		return rc;
	b->length = line->offset - b->offset + bytes;
	b->records++;
	m->bytes += bytes;
	if (time != 0 && (m->earliest == 0 || time < m->earliest))
		m->earliest = time;
	if (time > m->latest)
		m->latest = time;
	if (bytes > max) {
		b->status = BATCH_REFUSED;
		b->refused = 1;
	}
	return RC_OK;
}

enum rc
batcher_scan(struct batcher *b, const struct reader *reader, size_t segment,
    int64_t id, struct err *e)
{
	const struct scan_visit visit = { add_line, b };

	b->batch = (struct batch){ .segment = id };
	b->bytes = 0;
	const enum rc rc = reader_scan(reader, segment, &visit, e);
	if (rc != RC_OK)
		return rc;
	b->batch.length =
	    reader_segment(reader, segment)->bytes - b->batch.offset;
	return finish_batch(b, e);
}
