/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/plan_run.h"
#include "schema/plan_object.h"
#include "schema/plan_repeat.h"
#include "schema/plan_writer.h"
#include "schema/provenance.h"
#include "util/filetime.h"
#include "util/le.h"
#include "util/num.h"
#include "util/text.h"

static inline uint64_t
load_unsigned(const struct value *v)
{
	return le_uint(v->p, v->n);
}

/* Read a signed number. Its size is 1, 2, 4 or 8: the plan was made for values
 * of that size. */
static inline int64_t
load_signed(const struct value *v)
{
	const uint64_t sign = UINT64_C(0x80) << 8 * ((v->n - 1U) & 7U);

	return (int64_t)((load_unsigned(v) ^ sign) - sign);
}

/* Run PLAN_KEY, PLAN_TIME and the kinds that may follow PLAN_TIME: members or
 * an attribute that repeat the time, or that say where it is from. */
static void
write_fact(struct plan_writer *w, unsigned kind, struct plan_facts *facts)
{
	const bool known = facts->has_time || facts->from_header;
	const bool attribute = kind == PLAN_TIME_ATTRIBUTE;

	if (kind == PLAN_KEY) {
		if (facts->key[0] == '\0')
			return;
		facts->key_at = plan_writer_offset(w);
		plan_writer_bytes(w, span_of(facts->key, PLAN_KEY_HEX));
	} else if (kind == PLAN_TIME) {
		w->time = plan_writer_offset(w);
		if (known) {
			w->at = filetime_put(w->at, facts->time);
			w->time_n = plan_writer_offset(w) - w->time;
			return;
		}
		/* The caller fills in a time of the same length later. */
		facts->time_patch = w->time;
		plan_writer_bytes(w, SPAN("0000-00-00T00:00:00.0000000Z"));
	} else if (attribute ? known
			     : facts->has_time && kind != PLAN_TIME_SOURCE) {
		if (attribute)
			plan_writer_bytes(w, SPAN(" time=\\\""));
		else if (kind == PLAN_TIME_COLUMNS)
			plan_writer_bytes(w, SPAN(",\"TimeCreated_CF\":\""));
		else
			plan_writer_bytes(w, SPAN(",\"time_created\":\""));
		memcpy(w->at, w->out->p + w->time, FILETIME_MAX);
		w->at += w->time_n;
		plan_writer_bytes(w, attribute ? SPAN("\\\"") : SPAN("\""));
	} else if (!facts->has_time && !attribute &&
		   kind != PLAN_TIME_CREATED) {
		plan_writer_bytes(
		    w, facts->from_header
			   ? SPAN(",\"TimeSource_CF\":\"header\"")
			   : SPAN(",\"TimeSource_CF\":\"inferred\""));
	}
}

/* Run the kinds whose functions append to the buffer. */
static bool
write_by_call(struct plan_writer *w, const struct plan_op *op,
    const struct value *values, const struct plan_facts *facts)
{
	plan_writer_suspend(w);
	if (op->kind == PLAN_PROVENANCE) {
		provenance_put(w->out, facts->provenance);
	} else if (op->kind == PLAN_MAPPED) {
		op->mapped.put(w->out, &values[op->index], op->mapped.argument);
	} else {
		const struct value *v[PLAN_LEAVES_MAX] = { NULL };
		const struct node *const *const leaf =
		    w->plan->leaves[op->join.leaves].leaf;
		for (size_t i = 0; i < PLAN_LEAVES_MAX; i++) {
			if (leaf[i] != NULL)
				v[i] = tree_value(leaf[i], values);
		}
		op->join.put(w->out, v);
	}
	return plan_writer_resume(w, 0);
}

static inline bool
write_checked(
    struct plan_writer *w, const struct plan_op *op, const struct value *values)
{
	const struct plan_check *const check = op->check;
	const size_t start = plan_writer_offset(w);
	const size_t shared_n = w->plan->shared_text[op->shared].n;
	struct span s = text_trim_utf16(value_bytes(&values[op->index]));

	if (check->part != NULL)
		s = check->part(s);
	if (shared_n != 0 ? !plan_writer_copy(w,
				w->plan->shared_text[op->shared].at, shared_n)
			  : !plan_writer_utf16(w, s))
		return false;
	const size_t n = plan_writer_offset(w) - start;
	if (!check->clean(span_of(w->out->p + start, n), s.n / 2)) {
		plan_writer_suspend(w);
		check->mend(w->out, start);
		return plan_writer_resume(w, 0);
	}
	if (op->shared != 0) {
		w->plan->shared_text[op->shared].at = start;
		w->plan->shared_text[op->shared].n = n;
	}
	return true;
}

/* Write a SID, which may be longer than PLAN_SCALAR_MAX. Bytes that are not a
 * valid SID are left to the function, which shows them in hex. */
static bool
write_sid(struct plan_writer *w, const struct value *v, plan_put_fn *put)
{
	if (!plan_writer_room(w, NUM_SID_MAX))
		return false;
	uint8_t *const end = num_sid(w->at, value_bytes(v));
	if (end == w->at)
		return plan_writer_value(w, put, v);
	w->at = end;
	return true;
}

/* Run PLAN_SHARED. Records of one plan have the same types, so the value's type
 * shows how it is to be written. */
static bool
write_shared(
    struct plan_writer *w, const struct plan_op *op, const struct value *values)
{
	const struct value *const v = &values[op->index];
	const size_t start = plan_writer_offset(w);
	bool ok = true;

	if (v->type == VALUE_WSTRING)
		ok = plan_writer_utf16(w, text_trim_utf16(value_bytes(v)));
	else if (v->type == VALUE_SID)
		ok = write_sid(w, v, op->put);
	else
		w->at = num_hex(w->at, load_unsigned(v));
	w->plan->shared_text[op->shared].at = start;
	w->plan->shared_text[op->shared].n = plan_writer_offset(w) - start;
	return ok;
}

/* Run PLAN_ITEMS, PLAN_NUMBERED_ITEMS and PLAN_ITEM_NUMBER. PLAN_NUMBERED_ITEMS
 * counts the items after the first, which increase the numbers of later fields.
 */
static bool
write_items(
    struct plan_writer *w, const struct plan_op *op, const struct value *values)
{
	const struct value *const array = &values[op->index];
	const bool numbered = op->kind == PLAN_NUMBERED_ITEMS;
	struct value item = { .p = NULL };

	if (op->kind == PLAN_ITEM_NUMBER) {
		w->at = num_u64(w->at, op->items.number + w->shifted);
		return true;
	}
	plan_writer_suspend(w);
	op->items.put(
	    w->out, array, op->items.number + (numbered ? w->shifted : 0));
	if (numbered && value_next(array, &item)) {
		while (value_next(array, &item))
			w->shifted++;
	}
	return plan_writer_resume(w, 0);
}

static inline uint8_t *
put_name(uint8_t *at, const struct plan_names *names, uint64_t value)
{
	const uint64_t n = value >> names->shift & names->mask;

	if (n < names->n)
		return plan_short_put(at, &names->names[n]);
	return names->or_number ? num_u64(at, value) : at;
}

/* Run the kinds up to PLAN_SCALAR_LAST, which need no room of their own.
 * Returns the address after the value. */
static inline uint8_t *
put_scalar(uint8_t *at, const struct plan_op *op, const struct value *v)
{
	switch (op->kind) {
	case PLAN_U8:
		return num_short(at, v->p[0]);
	case PLAN_U16:
		return num_u64(at, le_u16(v->p));
	case PLAN_U32:
		return num_u64(at, le_u32(v->p));
	case PLAN_UNSIGNED:
		return num_u64(at, load_unsigned(v));
	case PLAN_SIGNED:
		return num_i64(at, load_signed(v));
	case PLAN_HEX:
		return num_hex(at, load_unsigned(v));
	case PLAN_GUID:
	case PLAN_GUID_LOWER:
		return num_guid(at, v->p, op->kind == PLAN_GUID);
	case PLAN_FILETIME:
		return filetime_put(at, le_u64(v->p));
	default: /* PLAN_NAME */
		return put_name(at, op->names, load_unsigned(v));
	}
}

/* Run an operation of one of the other kinds. */
static inline bool
write_op(struct plan_writer *w, const struct plan_op *op,
    const struct value *values, struct plan_facts *facts)
{
	switch (op->kind) {
	case PLAN_LITERAL:
		break;
	case PLAN_WSTRING:
		return plan_writer_utf16(
		    w, text_trim_utf16(value_bytes(&values[op->index])));
	case PLAN_CHECKED:
		return write_checked(w, op, values);
	case PLAN_PROVENANCE:
	case PLAN_MAPPED:
	case PLAN_JOIN:
		return write_by_call(w, op, values, facts);
	case PLAN_VALUE:
		return plan_writer_value(w, op->put, &values[op->index]);
	case PLAN_SID:
		return write_sid(w, &values[op->index], op->put);
	case PLAN_SHARED:
		return write_shared(w, op, values);
	case PLAN_ITEMS:
	case PLAN_NUMBERED_ITEMS:
	case PLAN_ITEM_NUMBER:
		return write_items(w, op, values);
	case PLAN_OBJECT:
		return plan_object_run(w, op, values);
	case PLAN_OPTIONAL:
		w->optional = plan_writer_offset(w);
		break;
	case PLAN_KEEP_IF_LONGER:
		if (plan_writer_offset(w) - w->optional <= op->least)
			plan_writer_rewind(w, w->optional);
		break;
	case PLAN_KEEP_IF_VALUE:
		if (!op->test(&values[op->index]))
			plan_writer_rewind(w, w->optional);
		break;
	case PLAN_COMMA:
		if (w->at[-1] != '{')
			*w->at++ = ',';
		break;
	default: /* PLAN_KEY and the kinds of times */
		write_fact(w, op->kind, facts);
		break;
	}
	return true;
}

/* Run the operations from `first` to `end`. Between them the position is kept
 * in a register, not in w->at: most values are so short that storing it would
 * take much of their time. */
static bool
write_ops(struct plan_writer *w, size_t first, size_t end,
    const struct value *values, struct plan_facts *facts)
{
	const struct plan_op *op = w->plan->ops + first;
	const struct plan_op *const last = w->plan->ops + end;
	const uint8_t *const lits = w->plan->lits.p;
	size_t from = first == 0 ? 0 : op[-1].lit_end;
	uint8_t *at = w->at;

	for (; op != last; op++) {
		at = plan_writer_literal(at, lits + from, op->lit_end - from);
		from = op->lit_end;
		if (op->kind <= PLAN_SCALAR_LAST) {
			at = put_scalar(at, op, &values[op->index]);
			continue;
		}
		w->at = at;
		if (!write_op(w, op, values, facts))
			return false;
		at = w->at;
	}
	w->at = at;
	return true;
}

/* Note where the text of a PLAN_SHARED will be that is copied with its literal
 * to this offset of the buffer. */
static void
place_shared(struct plan *p, const struct plan_part *part, size_t offset)
{
	const struct plan_op *const op = &p->ops[part->first];
	const size_t lit =
	    op->lit_end - (part->first == 0 ? 0 : op[-1].lit_end);

	p->shared_text[op->shared].at = offset + lit;
	p->shared_text[op->shared].n = part->n - lit;
}

/* Write the line from the parts of the last line whose values are the same
 * again, and by the operations of the other parts. */
static bool
write_parts(struct plan_writer *w, struct plan_repeat *r,
    const struct value *values, struct plan_facts *facts)
{
	const struct plan_part *const end = r->parts + r->n_parts;
	const size_t start = plan_writer_offset(w);
	const uint64_t changed = r->changed;
	const bool has_last = (changed & PLAN_PART_ANY) == 0;
	size_t same = 0; /* number of bytes copied from the last line */
	size_t from = 0; /* offset in the last line of what is to be copied */
	size_t to = 0;   /* offset in the last line of the part */

	for (struct plan_part *part = r->parts; part != end; part++) {
		const uint64_t why = part->depends & changed;
		if (why == 0) {
			to += part->n;
			continue;
		}
		if (why == PLAN_PART_SHARED) {
			place_shared(
			    w->plan, part, plan_writer_offset(w) + to - from);
			to += part->n;
			continue;
		}
		if (!plan_writer_long(w, r->line + from, to - from))
			return false;
		same += to - from;
		to += has_last ? part->n : 0;
		from = to;
		const size_t offset = plan_writer_offset(w);
		if (!write_ops(w, part->first, part->end, values, facts))
			return false;
		part->n = (uint32_t)(plan_writer_offset(w) - offset);
	}
	if (!plan_writer_long(w, r->line + from, to - from))
		return false;
	same += to - from;
	const size_t n = plan_writer_offset(w) - start;
	plan_repeat_keep(r, span_of(w->out->p + start, n), same);
	return true;
}

void
plan_run(struct plan *p, const struct value *values, struct plan_facts *facts,
    struct buf *out)
{
	struct plan_writer w = { .plan = p, .out = out };
	struct plan_repeat *const r = p->repeat;

	for (size_t i = 1; i <= p->shared; i++)
		p->shared_text[i].n = 0;
	facts->time_patch = PLAN_NO_PATCH;
	facts->key_at = PLAN_NO_PATCH;
	if (p->failed || !plan_writer_resume(&w, 0))
		return;
	if (r != NULL && plan_repeat_start(r, values)
		? write_parts(&w, r, values, facts)
		: write_ops(&w, 0, p->n, values, facts))
		plan_writer_suspend(&w);
}
