/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/batch.h"
#include "load/inner.h"

static enum rc
put_now(struct load_cut *c, struct err *e)
{
	struct batch *const b = &c->now;
	enum rc rc = RC_OK;

	if (b->records > 0)
		rc = c->put(c, b, e);
	b->offset += b->length;
	b->length = 0;
	b->records = 0;
	b->refused = 0;
	b->status = BATCH_PLANNED;
	c->low = 0;
	c->high = 0;
	return rc;
}

/* Whether a record of this time would stretch the batch too far. */
static bool
stretches(const struct load_cut *c, uint64_t time)
{
	if (c->span == 0 || time == 0 || c->low == 0)
		return false;
	return (time > c->low && time - c->low > c->span) ||
	       (time < c->high && c->high - time > c->span);
}

static void
note_time(struct load_cut *c, uint64_t time)
{
	if (time == 0)
		return;
	if (c->low == 0 || time < c->low)
		c->low = time;
	if (time > c->high)
		c->high = time;
}

static enum rc
add_line(struct load_cut *c, uint64_t bytes, uint64_t time, struct err *e)
{
	struct batch *const b = &c->now;
	enum rc rc = RC_OK;

	if (b->records == c->sink->max_records || bytes > c->sink->max_bytes ||
	    b->length > c->sink->max_bytes - bytes || stretches(c, time))
		rc = put_now(c, e);
	if (rc != RC_OK)
		return rc;
	b->length += bytes;
	b->records++;
	note_time(c, time);
	if (bytes <= c->sink->max_bytes)
		return RC_OK;
	b->status = BATCH_REFUSED;
	b->refused = 1;
	return put_now(c, e);
}

static enum rc
take_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct load_cut *const c = arg;
	const uint64_t bytes = line->length + 1; /* with its LF */
	uint64_t time = 0;

	if (c->look != NULL && !look_time(line->text, &time))
		time = 0;
	if (c->look != NULL && bytes <= c->sink->max_bytes)
		look_line(c->look, line->text, time);
	return add_line(c, bytes, time, e); /* lines lie end to end */
}

enum rc
load_cut_scan(struct load_cut *cut, const struct reader *reader, size_t segment,
    struct err *e)
{
	const struct scan_visit visit = { take_line, cut };
	const int64_t id = cut->now.segment;

	cut->now = (struct batch){ .segment = id };
	const enum rc rc = reader_scan(reader, segment, &visit, e);
	return rc == RC_OK ? put_now(cut, e) : rc;
}
