/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: what is decided when they are made, and what an outline says. */
#include "select/program.h"
#include "tests/unit/helper.h"

static struct err error;
static struct arena arena;

static const char logon[] =
    "<Event><System><EventID>4624</EventID><Level>4</Level></System>"
    "<EventData><Data Name='User'>Alice</Data></EventData></Event>";

static void
parse(struct xpath_query *query, const char *text)
{
	arena_init(&arena, 1 << 20);
	*query = (struct xpath_query){ .text = span_str(text) };
	assert_ok(xpath_parse(query, &arena, &error));
}

/* What the tree tells leaves no operation. */
static void
literals_are_decided_once(void **state)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	const struct tree t = sample_tree(logon, NULL, 0);
	const struct program_channels all = { { 1 } };
	struct xpath_query query;
	struct program p;

	(void)state;
	parse(&query, "*[System[EventID=4624 and Level!=3] and "
		      "EventData[Data[@Name='User']='Alice']]");
	struct program_query q = { .expr = query.expr };
	const struct program_rule rule = { .select = &q };
	const struct program_source s = {
		.rules = &rule, .tree = &t, .channels = &all, .ops = ops
	};
	program_make(&p, &s);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.entry, PROGRAM_YES);
	arena_free(&arena);
}

/* What an outline says of a query, whose event has something nested. */
static uint16_t
outline_says(const char *text)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	static const uint8_t id[] = { 0x10, 0x12 }; /* 4624 */
	static const uint8_t nested[] = { 0x0f, 1, 1, 0 };
	const struct value values[] = { { id, 2, VALUE_U16 },
		{ nested, sizeof(nested), VALUE_BINXML } };
	const struct tree t = sample_tree(
	    "<Event><System><EventID>{0}</EventID><Level>0</Level></System>"
	    "{1}</Event>",
	    values, 2);
	const struct program_channels all = { { UINT64_MAX, UINT64_MAX } };
	struct xpath_query query;
	struct program p;

	parse(&query, text);
	struct program_query q = { .expr = query.expr };
	const struct program_rule rule = { .select = &q };
	struct program_source s = { .rules = &rule,
		.tree = &t,
		.channels = &all,
		.system_only = true,
		.ops = ops };
	program_make(&p, &s);
	const struct program_facts facts = { values, &all, NULL };
	const uint16_t answer = program_answer(&p, &facts);
	s.now = true;
	program_make(&p, &s);
	assert_int_equal(p.entry, answer);
	arena_free(&arena);
	return answer;
}

static void
an_outline_decides_what_its_system_tells(void **state)
{
	static const struct {
		const char *text;
		uint16_t answer;
	} samples[] = {
		{ "*", PROGRAM_YES },
		{ "*[System[EventID=4624]]", PROGRAM_YES },
		{ "*[System[EventID=1]]", PROGRAM_NO },
		{ "*[System[EventID!=1 and Level=0]]", PROGRAM_YES },
		{ "*[System[Missing=1]]", PROGRAM_NO },
		{ "*[EventData[Data=1]]", PROGRAM_MAYBE },
		{ "*[UserData]", PROGRAM_MAYBE },
		{ "*[System[EventID=4624]] and *[EventData[Data=1]]",
		    PROGRAM_MAYBE },
		{ "*[System[EventID=1]] and *[EventData[Data=1]]", PROGRAM_NO },
		{ "*[EventData[Data=1]] and *[System[EventID=1]]", PROGRAM_NO },
		{ "*[System[EventID=1] and EventData[Data=1]]", PROGRAM_NO },
		{ "*[EventData[Data=1] and System[EventID=1]]", PROGRAM_NO },
		{ "*[System[EventID=4624]] or *[EventData[Data=1]]",
		    PROGRAM_YES },
		{ "*[EventData[Data=1]] or *[System[EventID=4624]]",
		    PROGRAM_YES },
		{ "*[System[EventID=1]] or *[EventData[Data=1]]",
		    PROGRAM_MAYBE },
		{ "Event/System[EventID=1]", PROGRAM_NO },
		{ "Event/EventData[Data=1]", PROGRAM_MAYBE },
		{ "*/*[position()=3]", PROGRAM_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const uint16_t answer = outline_says(samples[i].text);
		if (answer != samples[i].answer)
			fail_msg("%s: %u", samples[i].text, answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_decided_once),
		cmocka_unit_test(an_outline_decides_what_its_system_tells),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
