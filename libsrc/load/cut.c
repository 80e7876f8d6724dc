/* SPDX-License-Identifier: Apache-2.0 */
#include "load/inner.h"

static enum rc
put_now(struct load_cut *c, struct err *e)
{
	struct state_batch *const b = &c->now;
	enum rc rc = RC_OK;

	if (b->records > 0)
		rc = c->put(c, b, e);
	b->offset += b->length;
	b->length = 0;
	b->records = 0;
	b->refused = 0;
	b->status = STATE_PLANNED;
	return rc;
}

static enum rc
take_line(void *arg, uint64_t offset, uint64_t length, struct err *e)
{
	struct load_cut *const c = arg;
	struct state_batch *const b = &c->now;
	const uint64_t bytes = length + 1; /* with its LF */
	enum rc rc = RC_OK;

	(void)offset; /* lines lie end to end */
	if (b->records == c->sink->max_records || bytes > c->sink->max_bytes ||
	    b->length > c->sink->max_bytes - bytes)
		rc = put_now(c, e);
	if (rc != RC_OK)
		return rc;
	b->length += bytes;
	b->records++;
	if (bytes <= c->sink->max_bytes)
		return RC_OK;
	b->status = STATE_REFUSED;
	b->refused = 1;
	return put_now(c, e);
}

enum rc
load_cut_scan(struct load_cut *cut, const struct reader *reader, size_t segment,
    struct err *e)
{
	const struct reader_visit visit = { take_line, cut };
	const int64_t id = cut->now.segment;

	cut->now = (struct state_batch){ .segment = id };
	const enum rc rc = reader_scan(reader, segment, &visit, e);
	return rc == RC_OK ? put_now(cut, e) : rc;
}
