/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan: the inner loop of evtxstage. Room for all that has a known
 * maximum is reserved once, so that literals, numbers, times and GUIDs are
 * written without checks; text reserves its own.
 */
#include "schema/origin.h"
#include "schema/plan.h"
#include "util/le.h"
#include "util/num.h"
#include "util/text.h"
#include "util/text_variant.h"

/* What stands in for a time until it is known: as long as one. */
static const char blank_time[] = "0000-00-00T00:00:00.0000000Z";

/* Where the line is being written. Before `end` there is room for a long value;
 * behind it there is still room for all that the plan writes beside those. */
struct pen {
	uint8_t *w;
	const uint8_t *end;
	struct plan *plan;
	struct buf *out;
	size_t begun; /* bytes of the buffer at PLAN_BEGIN */
	size_t time;  /* and where PLAN_TIME wrote how many */
	size_t time_n;
};

/* Tell the buffer what was written so far. */
static inline void
lift(struct pen *pen)
{
	pen->out->n = (size_t)(pen->w - pen->out->p);
}

/* Go on behind what the buffer has, with room for a value of n bytes; false if
 * the buffer is full. */
static inline bool
lower(struct pen *pen, size_t n)
{
	struct buf *const out = pen->out;
	const size_t fixed = pen->plan->fixed;

	if ((n + fixed > out->cap - out->n || out->full) &&
	    buf_room(out, n + fixed) == NULL)
		return false;
	pen->w = out->p + out->n;
	pen->end = out->p + out->cap - fixed;
	return true;
}

static inline bool
has_room(struct pen *pen, size_t n)
{
	if ((ptrdiff_t)n <= pen->end - pen->w)
		return true;
	lift(pen);
	return lower(pen, n);
}

static inline uint8_t *
put_literal(uint8_t *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += PLAN_STEP)
		memcpy(w + i, p + i, PLAN_STEP);
	return w + n;
}

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
put_time(struct pen *pen, struct plan_facts *facts)
{
	uint8_t *const w = pen->w;

	pen->time = (size_t)(w - pen->out->p);
	if (facts->has_time) {
		uint8_t *const end = num_filetime(w, facts->time);
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
	memcpy(w, pen->out->p + pen->time, NUM_TIME_MAX);
	w[pen->time_n] = '"';
	return w + pen->time_n + 1;
}

static uint8_t *
put_source(uint8_t *w, const struct plan_facts *facts)
{
	static const char inferred[] = ",\"TimeSource_CF\":\"inferred\"";

	if (facts->has_time)
		return w;
	return put_string(w, inferred, sizeof(inferred) - 1);
}

static inline bool
put_text(struct pen *pen, struct span s)
{
	if (!has_room(pen, s.n / 2 * TEXT_UNIT_MAX + TEXT_SLACK))
		return false;
	pen->w = pen->plan->text->utf16_json(pen->w, s);
	return true;
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

/* What reserves room itself. */
static bool
put_long(struct pen *pen, plan_put_fn *put, const struct value *v)
{
	lift(pen);
	put(pen->out, v);
	return lower(pen, 0);
}

static bool
put_made(struct pen *pen, const struct plan_op *op, const struct value *values,
    const struct plan_facts *facts)
{
	lift(pen);
	if (op->kind == PLAN_ORIGIN)
		origin_put(pen->out, facts->origin);
	else
		put_join(pen->out, op, values);
	return lower(pen, 0);
}

/* A text again that the line has already: in steps, of which the last may lap
 * over what it copies, but not over the text. */
static inline bool
put_again(struct pen *pen, size_t at, size_t n)
{
	uint8_t step[PLAN_STEP];

	if (!has_room(pen, n + PLAN_STEP))
		return false;
	const uint8_t *const from = pen->out->p + at;
	for (size_t i = 0; i < n; i += PLAN_STEP) {
		memcpy(step, from + i, PLAN_STEP);
		memcpy(pen->w + i, step, PLAN_STEP);
	}
	pen->w += n;
	return true;
}

/* Most texts can stay as they are. */
static inline bool
put_checked(
    struct pen *pen, const struct plan_op *op, const struct value *values)
{
	const struct plan_check *const check = op->check;
	const size_t start = (size_t)(pen->w - pen->out->p);
	const size_t before = pen->plan->text_at[op->seen].n;
	struct span s = text_trim_utf16(value_bytes(&values[op->hole]));

	if (check->part != NULL)
		s = check->part(s);
	if (before != 0
		? !put_again(pen, pen->plan->text_at[op->seen].at, before)
		: !put_text(pen, s))
		return false;
	const size_t n = (size_t)(pen->w - pen->out->p) - start;
	if (!check->clean(span_of(pen->out->p + start, n), s.n / 2)) {
		lift(pen);
		check->mend(pen->out, start);
		return lower(pen, 0);
	}
	if (op->seen != 0) {
		pen->plan->text_at[op->seen].at = start;
		pen->plan->text_at[op->seen].n = n;
	}
	return true;
}

static inline void
take_back(struct pen *pen, size_t least)
{
	uint8_t *const begun = pen->out->p + pen->begun;

	if ((size_t)(pen->w - begun) <= least)
		pen->w = begun;
}

/* A SID of many parts is longer than other scalars; what is no SID is shown as
 * bytes. */
static bool
put_sid(struct pen *pen, const struct plan_op *op, const struct value *values)
{
	if (!has_room(pen, NUM_SID_MAX))
		return false;
	uint8_t *const end = num_sid(pen->w, value_bytes(&values[op->hole]));
	if (end == pen->w)
		return put_long(pen, op->put, &values[op->hole]);
	pen->w = end;
	return true;
}

static uint8_t *
put_name(uint8_t *w, const struct plan_names *names, unsigned n)
{
	if (n >= names->n)
		return names->or_number ? num_u64(w, n) : w;
	memcpy(w, names->names[n].text, sizeof(names->names[n].text));
	return w + names->names[n].n;
}

static inline bool
run_op(struct pen *pen, const struct plan_op *op, const struct value *values,
    struct plan_facts *facts)
{
	switch ((enum plan_op_kind)op->kind) {
	case PLAN_WSTRING:
		return put_text(
		    pen, text_trim_utf16(value_bytes(&values[op->hole])));
	case PLAN_CHECKED:
		return put_checked(pen, op, values);
	case PLAN_ORIGIN:
	case PLAN_JOIN:
		return put_made(pen, op, values, facts);
	case PLAN_VALUE:
		return put_long(pen, op->put, &values[op->hole]);
	case PLAN_UNSIGNED:
		pen->w = num_u64(pen->w, load(&values[op->hole]));
		break;
	case PLAN_SIGNED:
		pen->w = num_i64(pen->w, load_signed(&values[op->hole]));
		break;
	case PLAN_HEX:
		pen->w = num_hex(pen->w, load(&values[op->hole]));
		break;
	case PLAN_GUID:
	case PLAN_GUID_LOWER:
		pen->w =
		    num_guid(pen->w, values[op->hole].p, op->kind == PLAN_GUID);
		break;
	case PLAN_FILETIME:
		pen->w = num_filetime(pen->w, load(&values[op->hole]));
		break;
	case PLAN_NAME:
		pen->w = put_name(pen->w, op->names, values[op->hole].p[0]);
		break;
	case PLAN_SID:
		return put_sid(pen, op, values);
	case PLAN_KEY:
		pen->w = put_string(pen->w, facts->key, PLAN_KEY_HEX);
		break;
	case PLAN_TIME:
		pen->w = put_time(pen, facts);
		break;
	case PLAN_TIME_TAIL:
		pen->w =
		    put_created(pen, SPAN(",\"TimeCreated_CF\":\""), facts);
		pen->w = put_source(pen->w, facts);
		break;
	case PLAN_TIME_CREATED:
		pen->w = put_created(pen, SPAN(",\"time_created\":\""), facts);
		break;
	case PLAN_TIME_SOURCE:
		pen->w = put_source(pen->w, facts);
		break;
	case PLAN_BEGIN:
		pen->begun = (size_t)(pen->w - pen->out->p);
		break;
	case PLAN_UNLESS:
		take_back(pen, op->least);
		break;
	case PLAN_LITERAL:
		break;
	}
	return true;
}

void
plan_run(struct plan *p, const struct value *values, struct plan_facts *facts,
    struct buf *out)
{
	struct pen pen = { .plan = p, .out = out };
	size_t at = 0;

	for (size_t i = 1; i <= p->seen; i++)
		p->text_at[i].n = 0;
	facts->time_patch = PLAN_NO_PATCH;
	bool ok = !p->failed && lower(&pen, 0);
	for (size_t i = 0; ok && i < p->n; i++) {
		const struct plan_op *const op = &p->ops[i];
		pen.w = put_literal(pen.w, p->lits.p + at, op->lit_end - at);
		at = op->lit_end;
		ok = run_op(&pen, op, values, facts);
	}
	if (ok)
		lift(&pen);
}
