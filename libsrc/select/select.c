/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "select/select.h"
#include "util/buf.h"

#define CHANNEL_MAX 4096

const char *const select_reasons[SELECT_VERDICTS] = {
	[SELECT_KEEP] = "kept",
	[SELECT_EVENT_SET] = "event_set",
	[SELECT_INCLUDE] = "include_eid",
	[SELECT_EXCLUDE] = "exclude_eid",
	[SELECT_TIME] = "time",
	[SELECT_NO_TIME] = "no_time",
};

void
select_init(struct select *s)
{
	memset(s, 0, sizeof(*s));
	s->to = UINT64_MAX;
}

void
select_free(struct select *s)
{
	eventset_free(&s->set);
	free(s->include);
	free(s->exclude);
	select_init(s);
}

static uint64_t
rules_of(const struct select *s, const struct value *channel)
{
	struct buf text;

	if (channel == NULL)
		return 0;
	buf_init(&text, CHANNEL_MAX);
	value_text(&text, channel);
	const uint64_t rules = eventset_rules_of(&s->set, buf_span(&text));
	buf_reset(&text);
	return rules;
}

void
select_compile(struct select_test *test, const struct select *s,
    const struct tree *t, const struct head *h)
{
	const struct node *const channel = h->field[HEAD_CHANNEL];

	test->select = s;
	test->head = *h;
	test->channel_known = channel == NULL || channel->kind != NODE_HOLE;
	test->rules = 0;
	if (test->channel_known)
		test->rules =
		    rules_of(s, head_value(h, HEAD_CHANNEL, t->values));
}

static enum select_verdict
judge_id(const struct select_test *test, const struct value *values)
{
	const struct select *const s = test->select;
	const struct value *const v =
	    head_value(&test->head, HEAD_EVENT_ID, values);
	uint64_t id = UINT64_MAX;

	if (v != NULL && !value_u64(v, &id))
		id = UINT64_MAX;
	if (!s->set.any) {
		const uint64_t rules =
		    test->channel_known
			? test->rules
			: rules_of(
			      s, head_value(&test->head, HEAD_CHANNEL, values));
		if (rules == 0 || !eventset_has(&s->set, rules, id))
			return SELECT_EVENT_SET;
	}
	if (s->include != NULL && !ids_has(s->include, id))
		return SELECT_INCLUDE;
	if (s->exclude != NULL && ids_has(s->exclude, id))
		return SELECT_EXCLUDE;
	return SELECT_KEEP;
}

static enum select_verdict
judge_time(const struct select_test *test, const struct value *values)
{
	const struct value *const v =
	    head_value(&test->head, HEAD_TIME, values);
	uint64_t t;

	if (v == NULL || !value_time(v, &t))
		return SELECT_NO_TIME;
	return t < test->select->from || t >= test->select->to ? SELECT_TIME
							       : SELECT_KEEP;
}

enum select_verdict
select_run(const struct select_test *test, const struct value *values)
{
	const enum select_verdict v = judge_id(test, values);

	if (v != SELECT_KEEP || !test->select->timed)
		return v;
	return judge_time(test, values);
}
