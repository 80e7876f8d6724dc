/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/recover.h"
#include "convert/damage.h"
#include "evtx/hidden_record.h"

/* Defer a record. Its chunk starts at the offset `inside` in the piece. */
static void
defer(const struct recover *r, const struct deferred_record *record,
    size_t inside)
{
	job_defer(r->job, &(struct job_deferred){ r->cut->at + inside,
			      r->cut->n - inside, *record });
}

void
recover_orphan(const struct recover *r, const struct chunk_record *h)
{
	defer(r,
	    &(struct deferred_record){ .offset = h->offset,
		.kind = DEFERRED_ORPHAN,
		.before = r->job->out.last_time },
	    0);
}

/* Defer a record that `by` hides, or report it if hidden records are not read.
 */
static void
add_hidden(const struct recover *r, const struct chunk_record *h,
    const struct chunk_record *by)
{
	const struct damage_hidden hider = { by->id,
		r->job->offset + r->cut->at + by->offset };
	struct damage d = damage_of_record(h, "hidden", "nothing");

	if (r->reads) {
		defer(r,
		    &(struct deferred_record){ .offset = h->offset,
			.kind = DEFERRED_HIDDEN,
			.before = r->job->out.last_time,
			.by_id = by->id,
			.by_offset = by->offset },
		    0);
		return;
	}
	d.offset += r->cut->at;
	d.hidden_by = &hider;
	r->job->out.account.hidden++;
	job_report_damage(r->job, &d, DAMAGE_HIDDEN);
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
	while (hidden_record_next(&search, &h))
		add_hidden(r, &h, &by);
}

/* True if the record at this offset was deferred as a hidden one, because it is
 * inside of a record that cannot be read. */
static bool
is_hidden(const struct recover *r, uint32_t offset)
{
	for (size_t i = r->job->n_deferred; i-- > 0;) {
		const struct job_deferred *const a = &r->job->deferred[i];
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
		defer(r,
		    &(struct deferred_record){
			.offset = h.offset - (uint32_t)in.at,
			.kind = in.at != 0 ? DEFERRED_INNER : DEFERRED_CARVED },
		    in.at);
	}
}
