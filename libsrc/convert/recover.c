/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/recover.h"
#include "convert/damage.h"
#include "evtx/hidden_record.h"

/* Keep a record for the end of the run, when it will be accounted for. Its
 * chunk starts so many bytes inside the piece. */
static void
set_aside(const struct recover *r, const struct deferred_record *record,
    size_t inside)
{
	const struct job_deferred one = { r->cut->at + inside,
		r->cut->n - inside, *record };

	job_defer(r->job, &one);
}

void
recover_orphan(const struct recover *r, const struct chunk_record *h)
{
	set_aside(r,
	    &(struct deferred_record){ .offset = h->offset,
		.kind = DEFERRED_ORPHAN,
		.before = r->job->out.last_time },
	    0);
}

static void
name_hidden(const struct recover *r, const struct chunk_record *h,
    const struct chunk_record *by)
{
	const uint64_t chunk = r->job->offset + r->cut->at;
	const struct damage_hidden hider = { by->id, chunk + by->offset };
	const struct damage d = {
		.source = r->job->name,
		.kind = "hidden",
		.offset = chunk + h->offset,
		.length = h->size,
		.record = h->id,
		.hidden_by = &hider,
		.salvaged = "nothing",
	};

	r->job->out.account.hidden++;
	damage_put(&r->job->damage, &d, DAMAGE_HIDDEN);
}

void
recover_hidden(
    const struct recover *r, const struct chunk *c, const struct record *record)
{
	struct chunk_record by;
	struct chunk_record h;
	struct hidden_record search;
	uint32_t end = record->content_end;

	if (!chunk_record_at(c, record->header.offset, &by))
		return;
	if (end == 0)
		end = hidden_record_content_end(c, &by);
	if (end != 0 && !hidden_record_has_room(&by, end))
		return;
	hidden_record_start(&search, c, &by, end);
	while (hidden_record_next(&search, &h)) {
		if (!r->reads) {
			name_hidden(r, &h, &by);
			continue;
		}
		set_aside(r,
		    &(struct deferred_record){ .offset = h.offset,
			.kind = DEFERRED_HIDDEN,
			.before = r->job->out.last_time,
			.by_id = by.id,
			.by_offset = by.offset },
		    0);
	}
}

/* Whether it was set aside as a hidden record, which may be in one that cannot
 * be read. */
static bool
is_hidden(const struct recover *r, uint32_t offset)
{
	for (size_t i = r->job->n_aside; i-- > 0;) {
		const struct job_deferred *const a = &r->job->aside[i];
		if (a->at < r->cut->at)
			break;
		if (a->at == r->cut->at && a->record.kind == DEFERRED_HIDDEN &&
		    a->record.offset == offset)
			return true;
	}
	return false;
}

void
recover_carved(
    const struct recover *r, const struct chunk *c, uint32_t from, uint32_t end)
{
	struct chunk_finder_inner in = { .next = 1 };
	struct chunk_record h;

	for (; chunk_find_carved(c, from, end, &h); from = h.offset + h.size) {
		if (is_hidden(r, h.offset))
			continue;
		chunk_finder_inner_at(&in, c->bytes, h.offset);
		const struct deferred_record old = {
			.offset = h.offset - (uint32_t)in.at,
			.kind = in.at != 0 ? DEFERRED_INNER : DEFERRED_CARVED,
		};
		set_aside(r, &old, in.at);
	}
}
