/* SPDX-License-Identifier: Apache-2.0 */
#include "select/compare.h"
#include "util/num.h"
#include "util/text.h"

#define TICKS_PER_MS 10000

/* A number as a text may have it: beyond 64 bits there is no order any more,
 * but no log has such. */
struct number {
	bool negative;
	bool fraction; /* something other than 0 behind the point */
	uint64_t whole;
};

static bool
holds(enum xpath_op op, int order)
{
	switch (op) {
	case XPATH_EQ:
		return order == 0;
	case XPATH_NE:
		return order != 0;
	case XPATH_LT:
		return order < 0;
	case XPATH_LE:
		return order <= 0;
	case XPATH_GT:
		return order > 0;
	case XPATH_GE:
		return order >= 0;
	case XPATH_EXISTS:
		break;
	}
	return true;
}

static int
order_of(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool
has_number(const struct xpath_literal *l, uint64_t n)
{
	size_t low = 0;
	size_t high = l->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		if (l->numbers[mid] == n)
			return true;
		if (l->numbers[mid] < n)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool
compare_number(const struct xpath_test *test, uint64_t n)
{
	const struct xpath_literal *const l = &test->literal;

	if (test->op == XPATH_EXISTS)
		return n != 0;
	if (test->op == XPATH_EQ)
		return has_number(l, n);
	return holds(test->op, order_of(n, l->numbers[0]));
}

/* The value as UTF-8: its own bytes, or made in scratch. */
static struct span
text_of(const struct value *v, struct buf *scratch)
{
	if (v->type == VALUE_UTF8)
		return value_bytes(v);
	buf_cut(scratch, 0);
	value_text(scratch, v);
	return buf_span(scratch);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* What stands behind the point: digits. */
static bool
read_fraction(struct span s, struct number *n)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n->fraction = n->fraction || s.p[i] != '0';
	}
	return true;
}

static bool
read_number(struct span s, struct number *n)
{
	s = trim(s);
	memset(n, 0, sizeof(*n));
	if (s.n > 0 && s.p[0] == '-') {
		n->negative = true;
		s = span_of(s.p + 1, s.n - 1);
	}
	const uint8_t *const point = s.n == 0 ? NULL : memchr(s.p, '.', s.n);
	if (point == NULL)
		return num_parse_u64(s, &n->whole);
	const size_t n_whole = (size_t)(point - s.p);
	return num_parse_u64(span_of(s.p, n_whole), &n->whole) &&
	       read_fraction(span_of(point + 1, s.n - n_whole - 1), n);
}

static bool
number_of(const struct value *v, struct number *n, struct buf *scratch)
{
	memset(n, 0, sizeof(*n));
	return value_u64(v, &n->whole) || read_number(text_of(v, scratch), n);
}

static bool
by_number(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	const struct xpath_literal *const l = &test->literal;
	struct number n;

	if (!number_of(v, &n, scratch))
		return test->op == XPATH_NE;
	if (n.negative && (n.whole != 0 || n.fraction))
		return holds(test->op, -1);
	if (!n.fraction)
		return compare_number(test, n.whole);
	if (test->op == XPATH_EQ)
		return false;
	return holds(test->op, n.whole < l->numbers[0] ? -1 : 1);
}

static bool
is_string(
    const struct xpath_literal *l, const struct value *v, struct buf *scratch)
{
	if (v->type == VALUE_WSTRING)
		return span_eq(text_trim_utf16(value_bytes(v)), l->wide);
	return span_eq(text_of(v, scratch), l->text);
}

static bool
is_guid(
    const struct xpath_literal *l, const struct value *v, struct buf *scratch)
{
	uint8_t bytes[NUM_GUID_BYTES];

	if (v->type == VALUE_GUID)
		return span_eq(
		    value_bytes(v), span_of(l->guid, sizeof(l->guid)));
	return num_parse_guid(text_of(v, scratch), bytes) &&
	       memcmp(bytes, l->guid, sizeof(bytes)) == 0;
}

static bool
is_equal(
    const struct xpath_literal *l, const struct value *v, struct buf *scratch)
{
	uint64_t time;

	if (l->is_guid)
		return is_guid(l, v, scratch);
	if (l->has_clock && value_time(v, &time))
		return time == l->time;
	return is_string(l, v, scratch);
}

static bool
by_order(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	const struct xpath_literal *const l = &test->literal;
	uint64_t time;

	if (l->is_time)
		return value_time(v, &time) &&
		       holds(test->op, order_of(time, l->time));
	if (l->is_number)
		return by_number(test, v, scratch);
	return holds(test->op, span_cmp(text_of(v, scratch), l->text));
}

static bool
by_value(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	if (test->op == XPATH_EXISTS)
		return true;
	if (!test->literal.quoted)
		return by_number(test, v, scratch);
	if (test->op == XPATH_EQ || test->op == XPATH_NE)
		return is_equal(&test->literal, v, scratch) ==
		       (test->op == XPATH_EQ);
	return by_order(test, v, scratch);
}

static bool
by_bits(const struct xpath_test *test, const struct value *v)
{
	uint64_t n;
	int64_t negative;

	if (value_u64(v, &n))
		return compare_number(test, n & test->argument);
	return value_i64(v, &negative) &&
	       compare_number(test, (uint64_t)negative & test->argument);
}

/* Whole milliseconds from one time to the other; a negative number of them is
 * less than every literal. */
static bool
by_age(const struct xpath_test *test, const struct value *v)
{
	uint64_t from;

	if (!value_time(v, &from))
		return test->op == XPATH_NE;
	uint64_t to = test->argument;
	if (test->subject == XPATH_SINCE) {
		to = from;
		from = test->argument;
	}
	if (to < from && (from - to) / TICKS_PER_MS != 0)
		return holds(test->op, -1);
	return compare_number(test, to < from ? 0 : (to - from) / TICKS_PER_MS);
}

static bool
one_value(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	switch (test->subject) {
	case XPATH_NODE:
		return by_value(test, v, scratch);
	case XPATH_BAND:
		return by_bits(test, v);
	case XPATH_AGE:
	case XPATH_SINCE:
		return by_age(test, v);
	case XPATH_POSITION:
		break;
	}
	return false;
}

bool
compare_value(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	struct value item = { .p = NULL };

	if ((v->type & VALUE_ARRAY) == 0)
		return one_value(test, v, scratch);
	while (value_next(v, &item)) {
		if (one_value(test, &item, scratch))
			return true;
	}
	return false;
}
