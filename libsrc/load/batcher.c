/* SPDX-License-Identifier: Apache-2.0 */
#include "load/batcher.h"
#include "checkpoint/batch.h"
#include "load/row_time.h"

static enum rc
finish_batch(struct batcher *m, struct err *e)
{
	struct batch *const b = &m->batch;
	enum rc rc = RC_OK;

	if (b->records > 0)
		rc = m->add(m->arg, b, e);
	b->offset += b->length;
	b->length = 0;
	b->records = 0;
	b->refused = 0;
	b->status = BATCH_PLANNED;
	m->earliest = 0;
	m->latest = 0;
	return rc;
}

static enum rc
add_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct batcher *const m = arg;
	struct batch *const b = &m->batch;
	const uint64_t max = m->sink->max_bytes;
	const uint64_t bytes = line->length + 1; /* with its LF */
	const uint64_t time =
	    m->preflight != NULL ? row_time_read(line->text) : 0;
	const bool too_early = time < m->latest && m->latest - time > m->span;
	const bool too_late =
	    time > m->earliest && time - m->earliest > m->span;
	const bool exceeds_span = m->span != 0 && time != 0 &&
				  m->earliest != 0 && (too_early || too_late);
	enum rc rc = RC_OK;

	if (m->preflight != NULL && bytes <= max)
		preflight_count(m->preflight, line->text, time);
	if (b->records == m->sink->max_records || bytes > max ||
	    b->length > max - bytes || exceeds_span)
		rc = finish_batch(m, e);
	if (rc != RC_OK)
		return rc;
	/* Lines lie end to end. */
	b->length += bytes;
	b->records++;
	if (time != 0 && (m->earliest == 0 || time < m->earliest))
		m->earliest = time;
	if (time > m->latest)
		m->latest = time;
	if (bytes <= max)
		return RC_OK;
	b->status = BATCH_REFUSED;
	b->refused = 1;
	return finish_batch(m, e);
}

enum rc
batcher_scan(struct batcher *b, const struct reader *reader, size_t segment,
    int64_t id, struct err *e)
{
	const struct scan_visit visit = { add_line, b };

	b->batch = (struct batch){ .segment = id };
	const enum rc rc = reader_scan(reader, segment, &visit, e);
	return rc == RC_OK ? finish_batch(b, e) : rc;
}
