/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan: the inner loop of evtxstage. Room for all that has a known
 * maximum is reserved once, so that literals, numbers, times and GUIDs are
 * written without checks; text reserves its own.
 */
#include "schema/plan_writer.h"
#include "schema/provenance.h"
#include "util/filetime.h"
#include "util/le.h"
#include "util/num.h"
#include "util/text.h"

/* What stands in for a time until it is known: as long as one. */
static const char blank_time[] = "0000-00-00T00:00:00.0000000Z";

static inline uint64_t
load(const struct value *v)
{
	return le_uint(v->p, v->n);
}

/* The size is 1, 2, 4 or 8: the plan was made for values of that size. */
static inline int64_t
load_signed(const struct value *v)
{
	const uint64_t sign = UINT64_C(0x80) << 8 * ((v->n - 1U) & 7U);

	return (int64_t)((load(v) ^ sign) - sign);
}

static uint8_t *
put_string(uint8_t *w, const char *s, size_t n)
{
	memcpy(w, s, n);
	return w + n;
}

static uint8_t *
put_key(const struct pen *pen, struct plan_facts *facts)
{
	if (facts->key[0] == '\0')
		return pen->w;
	facts->key_at = (size_t)(pen->w - pen->out->p);
	return put_string(pen->w, facts->key, PLAN_KEY_HEX);
}

static uint8_t *
put_time(struct pen *pen, struct plan_facts *facts)
{
	uint8_t *const w = pen->w;

	pen->time = (size_t)(w - pen->out->p);
	if (facts->has_time || facts->from_header) {
		uint8_t *const end = filetime_put(w, facts->time);
		pen->time_n = (size_t)(end - w);
		return end;
	}
	facts->time_patch = pen->time;
	return put_string(w, blank_time, sizeof(blank_time) - 1);
}

/* A member, its comma before it, with the record's own time, which the line
 * has already. */
static uint8_t *
put_created(
    const struct pen *pen, struct span member, const struct plan_facts *facts)
{
	uint8_t *w = pen->w;

	if (!facts->has_time)
		return w;
	w = put_string(w, (const char *)member.p, member.n);
	memcpy(w, pen->out->p + pen->time, FILETIME_MAX);
	w[pen->time_n] = '"';
	return w + pen->time_n + 1;
}

/* An attribute of XML inside a JSON text, with the time that the line has. */
static uint8_t *
put_item_time(const struct pen *pen, const struct plan_facts *facts)
{
	uint8_t *w = pen->w;

	if (!facts->has_time && !facts->from_header)
		return w;
	w = put_string(w, " time=\\\"", 8);
	memcpy(w, pen->out->p + pen->time, FILETIME_MAX);
	return put_string(w + pen->time_n, "\\\"", 2);
}

static uint8_t *
put_source(uint8_t *w, const struct plan_facts *facts)
{
	static const char inferred[] = ",\"TimeSource_CF\":\"inferred\"";
	static const char header[] = ",\"TimeSource_CF\":\"header\"";

	if (facts->has_time)
		return w;
	if (facts->from_header)
		return put_string(w, header, sizeof(header) - 1);
	return put_string(w, inferred, sizeof(inferred) - 1);
}

/* The operations that write the record's time, or where it is from. */
static void
put_times(struct pen *pen, const struct plan_op *op, struct plan_facts *facts)
{
	if (op->kind == PLAN_TIME) {
		pen->w = put_time(pen, facts);
		return;
	}
	if (op->kind == PLAN_TIME_ITEM) {
		pen->w = put_item_time(pen, facts);
		return;
	}
	if (op->kind == PLAN_TIME_TAIL)
		pen->w =
		    put_created(pen, SPAN(",\"TimeCreated_CF\":\""), facts);
	if (op->kind == PLAN_TIME_CREATED)
		pen->w = put_created(pen, SPAN(",\"time_created\":\""), facts);
	else
		pen->w = put_source(pen->w, facts);
}

static void
put_join(struct buf *out, const struct plan_op *op, const struct value *values)
{
	const struct value *v[PLAN_JOIN_MAX] = { NULL };

	for (size_t i = 0; i < PLAN_JOIN_MAX; i++) {
		if (op->join.leaf[i] != NULL)
			v[i] = tree_value(op->join.leaf[i], values);
	}
	op->join.put(out, v);
}

static bool
put_made(struct pen *pen, const struct plan_op *op, const struct value *values,
    const struct plan_facts *facts)
{
	pen_lift(pen);
	if (op->kind == PLAN_PROVENANCE)
		provenance_put(pen->out, facts->provenance);
	else if (op->kind == PLAN_MAPPED)
		op->mapped.put(pen->out, &values[op->index], op->mapped.by);
	else
		put_join(pen->out, op, values);
	return pen_lower(pen, 0);
}

/* Most texts can stay as they are. */
static inline bool
put_checked(
    struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct plan_check *const check = op->check;
	const size_t start = (size_t)(pen->w - pen->out->p);
	const size_t before = pen->plan->text_at[op->seen].n;
	struct span s = text_trim_utf16(value_bytes(&values[op->index]));

	if (check->part != NULL)
		s = check->part(s);
	if (before != 0
		? !pen_again(pen, pen->plan->text_at[op->seen].at, before)
		: !pen_text(pen, s))
		return false;
	const size_t n = (size_t)(pen->w - pen->out->p) - start;
	if (!check->clean(span_of(pen->out->p + start, n), s.n / 2)) {
		pen_lift(pen);
		check->mend(pen->out, start);
		return pen_lower(pen, 0);
	}
	if (op->seen != 0) {
		pen->plan->text_at[op->seen].at = start;
		pen->plan->text_at[op->seen].n = n;
	}
	return true;
}

/* PLAN_BEGIN marks a place; PLAN_UNLESS and PLAN_KEEP_IF decide whether what
 * was written since then is taken back. */
static inline void
choose(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	if (op->kind == PLAN_BEGIN) {
		pen->begun = (size_t)(pen->w - pen->out->p);
		return;
	}
	uint8_t *const begun = pen->out->p + pen->begun;
	const bool stays = op->kind == PLAN_KEEP_IF
			       ? op->test(&values[op->index])
			       : (size_t)(pen->w - begun) > op->least;

	if (!stays)
		pen->w = begun;
}

/* A SID of many parts is longer than other scalars; what is no SID is shown as
 * bytes. */
static bool
put_sid(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	if (!pen_room(pen, NUM_SID_MAX))
		return false;
	uint8_t *const end = num_sid(pen->w, value_bytes(&values[op->index]));
	if (end == pen->w)
		return pen_long(pen, op->put, &values[op->index]);
	pen->w = end;
	return true;
}

static uint8_t *
put_named(uint8_t *w, const struct plan_names *names, unsigned n)
{
	if (n >= names->n)
		return names->or_number ? num_u64(w, n) : w;
	return pen_name(w, &names->names[n]);
}

/* What others copy; its type is not looked at again. */
static bool
put_first(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct value *const v = &values[op->index];
	const size_t start = pen_at(pen);
	bool ok = true;

	if (v->type == VALUE_WSTRING)
		ok = pen_text(pen, text_trim_utf16(value_bytes(v)));
	else if (v->type == VALUE_SID)
		ok = put_sid(pen, op, values);
	else
		pen->w = num_hex(pen->w, load(v));
	pen->plan->text_at[op->seen].at = start;
	pen->plan->text_at[op->seen].n = pen_at(pen) - start;
	return ok;
}

static bool
put_copy(struct pen *pen, const struct plan_op *op)
{
	const size_t n = pen->plan->text_at[op->seen].n;

	return n == 0 || pen_again(pen, pen->plan->text_at[op->seen].at, n);
}

static bool
put_usual(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct value *const v = &values[op->index];

	if (le_u64(v->p) != op->usual.of)
		return pen_long(pen, op->usual.put, v);
	pen->w = pen_name(pen->w, &op->usual.text);
	return true;
}

static bool
put_items(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct value *const array = &values[op->index];
	struct value item = { .p = NULL };

	if (op->kind == PLAN_PLACE) {
		pen->w = num_u64(pen->w, op->items.at + pen->moved);
		return true;
	}
	pen_lift(pen);
	if (op->kind == PLAN_ITEMS) {
		op->items.put(pen->out, array, op->items.at);
		return pen_lower(pen, 0);
	}
	op->items.put(pen->out, array, op->items.at + pen->moved);
	if (value_next(array, &item)) {
		while (value_next(array, &item))
			pen->moved++;
	}
	return pen_lower(pen, 0);
}

/* One flat table of operations. NOLINTBEGIN(readability-function-size) */
static inline bool
run_op(struct pen *pen, const struct plan_op *op, const struct value *values,
    struct plan_facts *facts)
{
	switch ((enum plan_op_kind)op->kind) {
	case PLAN_WSTRING:
		return pen_text(
		    pen, text_trim_utf16(value_bytes(&values[op->index])));
	case PLAN_CHECKED:
		return put_checked(pen, op, values);
	case PLAN_PROVENANCE:
	case PLAN_MAPPED:
	case PLAN_JOIN:
		return put_made(pen, op, values, facts);
	case PLAN_VALUE:
		return pen_long(pen, op->put, &values[op->index]);
	case PLAN_UNSIGNED:
		pen->w = num_u64(pen->w, load(&values[op->index]));
		break;
	case PLAN_SIGNED:
		pen->w = num_i64(pen->w, load_signed(&values[op->index]));
		break;
	case PLAN_HEX:
		pen->w = num_hex(pen->w, load(&values[op->index]));
		break;
	case PLAN_GUID:
	case PLAN_GUID_LOWER:
		pen->w = num_guid(
		    pen->w, values[op->index].p, op->kind == PLAN_GUID);
		break;
	case PLAN_FILETIME:
		pen->w = filetime_put(pen->w, load(&values[op->index]));
		break;
	case PLAN_NAME:
		pen->w = put_named(pen->w, op->names, values[op->index].p[0]);
		break;
	case PLAN_SID:
		return put_sid(pen, op, values);
	case PLAN_FIRST:
		return put_first(pen, op, values);
	case PLAN_AGAIN:
		return put_copy(pen, op);
	case PLAN_USUAL:
		return put_usual(pen, op, values);
	case PLAN_ITEMS:
	case PLAN_PLACES:
	case PLAN_PLACE:
		return put_items(pen, op, values);
	case PLAN_OBJECT:
		return plan_put_object(pen, op, values);
	case PLAN_KEY:
		pen->w = put_key(pen, facts);
		break;
	case PLAN_TIME:
	case PLAN_TIME_TAIL:
	case PLAN_TIME_CREATED:
	case PLAN_TIME_SOURCE:
	case PLAN_TIME_ITEM:
		put_times(pen, op, facts);
		break;
	case PLAN_BEGIN:
	case PLAN_UNLESS:
	case PLAN_KEEP_IF:
		choose(pen, op, values);
		break;
	case PLAN_COMMA:
		if (pen->w[-1] != '{')
			*pen->w++ = ',';
		break;
	case PLAN_LITERAL:
		break;
	}
	return true;
}
/* NOLINTEND(readability-function-size) */

void
plan_run(struct plan *p, const struct value *values, struct plan_facts *facts,
    struct buf *out)
{
	struct pen pen = { .plan = p, .out = out };
	size_t at = 0;

	for (size_t i = 1; i <= p->seen; i++)
		p->text_at[i].n = 0;
	facts->time_patch = PLAN_NO_PATCH;
	facts->key_at = PLAN_NO_PATCH;
	bool ok = !p->failed && pen_lower(&pen, 0);
	for (size_t i = 0; ok && i < p->n; i++) {
		const struct plan_op *const op = &p->ops[i];
		pen.w = pen_literal(pen.w, p->lits.p + at, op->lit_end - at);
		at = op->lit_end;
		ok = run_op(&pen, op, values, facts);
	}
	if (ok)
		pen_lift(&pen);
}
