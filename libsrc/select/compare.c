/* SPDX-License-Identifier: Apache-2.0 */
#include "select/compare.h"
#include "util/num.h"
#include "util/text.h"

#define TICKS_PER_MS 10000

/* A number that was read from a text. A text with a number of more than 64 bits
 * does not count as a number; no log contains any. */
struct number {
	bool negative;
	bool fraction; /* a digit other than 0 follows the point */
	uint64_t whole;
};

/* True if the operator holds for two values. `order` is less than, equal to or
 * greater than 0, like the result of memcmp(). */
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

bool
compare_number(const struct xpath_test *test, uint64_t n)
{
	const struct xpath_literal *const l = &test->literal;

	if (test->op == XPATH_EXISTS)
		return n != 0;
	if (test->op != XPATH_EQ) {
		const uint64_t other = l->numbers[0];
		return holds(test->op, (n > other) - (n < other));
	}
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

/* The value as UTF-8: its own bytes, or a text in `scratch`. */
static struct span
text_of(const struct value *v, struct buf *scratch)
{
	if (v->type == VALUE_UTF8)
		return value_bytes(v);
	buf_cut(scratch, 0);
	value_text(scratch, v);
	return buf_span(scratch);
}

/* White space as XPath 1.0 defines it. */
static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
parse_number(struct span s, struct number *n)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_skip(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	if (s.n > 0 && s.p[0] == '-') {
		n->negative = true;
		s = span_skip(s, 1);
	}
	const uint8_t *const point = s.n == 0 ? NULL : memchr(s.p, '.', s.n);
	if (point == NULL)
		return num_parse_u64(s, &n->whole);
	const uint8_t *const end = s.p + s.n;
	for (const uint8_t *digit = point + 1; digit < end; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		n->fraction = n->fraction || *digit != '0';
	}
	return num_parse_u64(span_of(s.p, (size_t)(point - s.p)), &n->whole);
}

static bool
compare_as_number(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	struct number n = { .negative = false };

	if (!value_u64(v, &n.whole) && !parse_number(text_of(v, scratch), &n))
		return test->op == XPATH_NE;
	if (n.negative && (n.whole != 0 || n.fraction))
		return holds(test->op, -1);
	if (!n.fraction)
		return compare_number(test, n.whole);
	if (test->op == XPATH_EQ)
		return false;
	return holds(test->op, n.whole < test->literal.numbers[0] ? -1 : 1);
}

static bool
is_equal(
    const struct xpath_literal *l, const struct value *v, struct buf *scratch)
{
	uint8_t guid[NUM_GUID_BYTES];
	uint64_t time;

	if (l->is_guid && v->type == VALUE_GUID)
		return span_eq(
		    value_bytes(v), span_of(l->guid, sizeof(l->guid)));
	if (l->is_guid)
		return num_parse_guid(text_of(v, scratch), guid) &&
		       memcmp(guid, l->guid, sizeof(guid)) == 0;
	if (l->has_clock && value_time(v, &time))
		return time == l->time;
	if (v->type == VALUE_WSTRING)
		return span_eq(text_trim_utf16(value_bytes(v)), l->wide);
	return span_eq(text_of(v, scratch), l->text);
}

static bool
compare_node(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	const struct xpath_literal *const l = &test->literal;
	uint64_t time;

	if (test->op == XPATH_EXISTS)
		return true;
	if (!l->quoted)
		return compare_as_number(test, v, scratch);
	if (test->op == XPATH_EQ || test->op == XPATH_NE)
		return is_equal(l, v, scratch) == (test->op == XPATH_EQ);
	if (l->is_time)
		return value_time(v, &time) &&
		       holds(test->op, (time > l->time) - (time < l->time));
	if (l->is_number)
		return compare_as_number(test, v, scratch);
	return holds(test->op, span_cmp(text_of(v, scratch), l->text));
}

static bool
compare_one(
    const struct xpath_test *test, const struct value *v, struct buf *scratch)
{
	int64_t negative;
	uint64_t from;
	uint64_t to;
	uint64_t n;

	switch (test->subject) {
	case XPATH_NODE:
		return compare_node(test, v, scratch);
	case XPATH_BAND:
		if (value_u64(v, &n))
			return compare_number(test, n & test->argument);
		return value_i64(v, &negative) &&
		       compare_number(
			   test, (uint64_t)negative & test->argument);
	case XPATH_AGE:
	case XPATH_SINCE:
		/* The result of timediff() is the whole milliseconds between
		 * two times. A negative one is less than every literal. */
		if (!value_time(v, &from))
			return test->op == XPATH_NE;
		to = test->argument;
		if (test->subject == XPATH_SINCE) {
			to = from;
			from = test->argument;
		}
		n = to < from ? from - to : to - from;
		if (to < from && n / TICKS_PER_MS != 0)
			return holds(test->op, -1);
		return compare_number(test, to < from ? 0 : n / TICKS_PER_MS);
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
		return compare_one(test, v, scratch);
	while (value_next(v, &item)) {
		if (compare_one(test, &item, scratch))
			return true;
	}
	return false;
}
