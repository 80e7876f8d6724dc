/* SPDX-License-Identifier: Apache-2.0 */
/* Which queries are accepted, and which records they select. */
#include "select/compare.h"
#include "select/program.h"
#include "select/xpath_join.h"
#include "tests/unit/helper.h"

#define NOW UINT64_C(133590312000000000) /* 2024-05-01T10:00:00Z */

static struct err error;
static struct xpath_query query;
static struct arena arena;

static enum rc
parse(const char *text)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 24);
	query = (struct xpath_query){ .text = span_str(text), .now = NOW };
	return xpath_parse(&query, &arena, &error);
}

/* The specialized programs give the same answer for each known value. */
static void
check_narrow(const struct program *p, const struct program_facts *f,
    const struct tree *t, uint16_t answer)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	struct program narrow;

	for (uint16_t index = 0; index <= t->n_values; index++) {
		const struct program_known k = { f->channels, index,
			index < t->n_values ? &t->values[index] : NULL };
		program_specialize(&narrow, p, &k, ops);
		assert_int_equal(program_answer(&narrow, f), answer);
	}
}

/* True if the query selects the tree; compiled with substitutions, and answered
 * at once. */
static bool
fits_tree(const char *text, const struct tree *t)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	const struct program_channels all = { { UINT64_MAX, UINT64_MAX } };
	struct buf scratch;
	struct program p;

	buf_init(&scratch, COMPARE_TEXT_MAX);
	if (parse(text) != RC_OK)
		fail_msg("%s: %s", text, error.text);
	struct program_query q = { .expr = query.expr };
	const struct program_rule rule = { .select = &q };
	struct program_source s = {
		.rules = &rule, .tree = t, .scratch = &scratch, .ops = ops
	};
	program_make(&p, &s);
	assert_false(p.full);
	const struct program_facts facts = { t->values, &all, &scratch };
	const bool run = program_answer(&p, &facts) == PROGRAM_YES;
	check_narrow(&p, &facts, t, run ? PROGRAM_YES : PROGRAM_NO);
	s.channels = &all;
	s.now = true;
	program_make(&p, &s);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.entry, run ? PROGRAM_YES : PROGRAM_NO);
	/* Joining a query with itself changes nothing. */
	q.expr = xpath_join_list(&arena);
	assert_true(xpath_join(q.expr, query.expr, &arena));
	assert_true(xpath_join(q.expr, query.expr, &arena));
	program_make(&p, &s);
	assert_int_equal(p.entry, run ? PROGRAM_YES : PROGRAM_NO);
	buf_reset(&scratch);
	arena_free(&arena);
	return run;
}

static bool
fits(const char *text, const char *event)
{
	const struct tree t = sample_tree(event, NULL, 0);

	return fits_tree(text, &t);
}

/* The same with values of substitutions. */
static bool
fits_values(const char *text, const char *event, const struct value *values)
{
	const struct tree t = sample_tree(event, values, 8);

	return fits_tree(text, &t);
}

static const char logon[] =
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
    "<System><Provider Name='P' Guid='54849625-5478-4994-A5BA-3E3B0328C30D'/>"
    "<EventID Qualifiers='0'>4624</EventID><Level>4</Level>"
    "<Keywords>0x8020000000000000</Keywords>"
    "<TimeCreated SystemTime='2024-05-01T09:00:00.0000000Z'/>"
    "<Correlation/><Computer>DC01</Computer></System>"
    "<EventData><Data Name='User'>Alice</Data><Data Name='Type'>3</Data>"
    "<Data Name='Empty'/><Data Name='Id'>0x3e7</Data></EventData></Event>";

static const char printer[] =
    "<Event><System><Level>1</Level></System><UserData><LowOnMemory>"
    "<PrinterName>MyPrinter</PrinterName></LowOnMemory></UserData></Event>";

#define YES(text, event) assert_true(fits(text, event))
#define NO(text, event) assert_false(fits(text, event))

static void
paths_that_exist(void **state)
{
	(void)state;
	YES("*", logon);
	YES("Event", logon);
	NO("Event", "<Events/>");
	YES("*[System]", logon);
	YES("Event/System", logon);
	YES("*/System/EventID", logon);
	NO("*[UserData]", logon);
	NO("*/EventID", logon);
	YES("*[UserData/LowOnMemory]", printer);
	YES("*[UserData/*/PrinterName='MyPrinter' and System/Level=1]",
	    printer);
	YES("*[*/*/PrinterName]", printer);
	NO("*[UserData/PrinterName]", printer);
	YES("*[ System / Level ]", printer);
}

static void
top_level_paths_are_combined(void **state)
{
	(void)state;
	YES("*[System[EventID=4624]] and *[EventData[Data[@Name='Type']='3']]",
	    logon);
	NO("*[System[EventID=4624]] and *[EventData[Data[@Name='Type']='2']]",
	    logon);
	YES("*[System[EventID=1]] or *[EventData[Data='Alice']]", logon);
	YES("(*[System[EventID=1]] or *[System/Level=4]) and Event", logon);
	YES("Event/System/EventID=4624", logon);
}

static void
and_binds_closer_than_or(void **state)
{
	(void)state;
	YES("*[System[EventID=4624 or Level=1 and Level=2]]", logon);
	NO("*[System[(EventID=4624 or Level=1) and Level=2]]", logon);
	YES("*[System[EventID=4624 AND (Level=1 Or Level=4)]]", logon);
}

static void
numbers_are_compared_as_numbers(void **state)
{
	(void)state;
	YES("*[System[Level <= 4]]", logon);
	YES("*[System[Level<5 and Level>3 and Level>=4 and Level!=5]]", logon);
	NO("*[System[Level>4]]", logon);
	YES("*[System[4=Level and 3 < Level and 5 >= Level]]", logon);
	YES("*[System[EventID=0x1210]]", logon);
	YES("*[EventData[Data[@Name='Id']=999]]", logon);
	YES("*[EventData[Data[@Name='Id']>998]]", logon);
	/* A text that is not a number differs from every number and has no
	 * order. */
	YES("*[EventData[Data[@Name='User']!=5]]", logon);
	NO("*[EventData[Data[@Name='User']=5]]", logon);
	NO("*[EventData[Data[@Name='User']<5]]", logon);
	NO("*[EventData[Data[@Name='Empty']<5]]", logon);
	YES("*[EventData[Data<0]]", "<Event><EventData><Data>-1</Data>"
				    "</EventData></Event>");
	YES("*[Data>1 and Data<2]", "<Event><Data>1.5</Data></Event>");
	NO("*[Data=1]", "<Event><Data>1.5</Data></Event>");
	YES("*[Data=2]", "<Event><Data> 2.0 </Data></Event>");
}

static void
escaped_operators_are_taken(void **state)
{
	(void)state;
	YES("*[System[Level &lt;= 4 and Level &gt;= 4 and Level &lt; 5]]",
	    logon);
	NO("*[System[Level &gt; 4]]", logon);
}

static void
texts_are_compared_with_regard_to_case(void **state)
{
	(void)state;
	YES("*[EventData[Data[@Name='User']='Alice']]", logon);
	NO("*[EventData[Data[@Name='User']='alice']]", logon);
	NO("*[eventData]", logon);
	YES("*[EventData[Data[@Name=\"User\"]!=\"alice\"]]", logon);
	/* A number in quotes is a text. */
	YES("*[System[EventID='4624']]", logon);
	NO("*[System[EventID='04624']]", logon);
	NO("*[System[EventID='0x1210']]", logon);
	YES("*[System[Computer>'DC00' and Computer<'DC02']]", logon);
	/* In order, XPath compares numbers. */
	YES("*[System[EventID>'5']]", logon);
}

static void
any_of_several_nodes_will_do(void **state)
{
	(void)state;
	YES("*[EventData[Data='Alice']]", logon);
	YES("*[EventData/Data='3']", logon);
	YES("*[EventData[Data!='Alice']]", logon);
	NO("*[EventData[Data='Bob']]", logon);
	NO("*[UserData[Data!='Alice']]", logon);
	YES("*[EventData/*='Alice']", logon);
}

static void
what_is_missing_is_neither_equal_nor_unlike(void **state)
{
	(void)state;
	NO("*[System[Task=0]]", logon);
	NO("*[System[Task!=0]]", logon);
	NO("*[EventData[Data[@Name='X']='']]", logon);
	NO("*[EventData[Data[@Name='X']!='y']]", logon);
	YES("*[EventData[Data[@Name='Empty']='']]", logon);
	YES("*[EventData[Data[@Name='Empty']!='y']]", logon);
	YES("*[System[Correlation]]", logon);
	NO("*[System[Correlation[@ActivityID]]]", logon);
}

static void
attributes(void **state)
{
	(void)state;
	YES("*[System[Provider[@Name='P']]]", logon);
	YES("*[System[Provider/@Name='P']]", logon);
	YES("*[System[EventID[@Qualifiers=0]]]", logon);
	YES("*[System[EventID/@Qualifiers]]", logon);
	YES("*[System[Provider[@*='P']]]", logon);
	NO("*[System[Provider[@Other]]]", logon);
	NO("*[System[Provider[@name='P']]]", logon);
	/* A declaration of a namespace is no attribute. */
	NO("*[@*]", logon);
}

static void
guids_are_compared_by_value(void **state)
{
	(void)state;
	YES("*[System[Provider[@Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}']]"
	    "]",
	    logon);
	YES("*[System[Provider[@Guid='54849625-5478-4994-A5BA-3E3B0328C30D']]]",
	    logon);
	NO("*[System[Provider[@Guid!='{54849625-5478-4994-a5ba-3e3b0328c30d}']]"
	   "]",
	    logon);
}

static void
times_are_compared_by_value(void **state)
{
	(void)state;
	YES("*[System[TimeCreated[@SystemTime='2024-05-01T09:00:00.000Z']]]",
	    logon);
	YES("*[System[TimeCreated[@SystemTime>='2024-05-01T09:00:00Z' and "
	    "@SystemTime<='2024-05-01T09:00:00.999Z']]]",
	    logon);
	NO("*[System[TimeCreated[@SystemTime>'2024-05-01T09:00:00Z']]]", logon);
	YES("*[System[TimeCreated[@SystemTime>'2024-05-01']]]", logon);
	NO("*[System[Computer>'2024-05-01']]", logon);
}

static void
band_asks_for_bits(void **state)
{
	(void)state;
	YES("*[System[band(Keywords,9007199254740992)]]", logon);
	NO("*[System[band(Keywords,4503599627370496)]]", logon);
	YES("*[System[(BAND(Keywords, 0x20000000000000)) and EventID!=4]]",
	    logon);
	YES("*[System[band(4, Level)=4 and band(Level,3)=0]]", logon);
	NO("*[System[band(Task,1)=0]]", logon);
	NO("*[System[band(Computer,1)=0]]", logon);
}

/* The event is of an hour before now. */
static void
timediff_is_in_milliseconds(void **state)
{
	(void)state;
	YES("*[System[TimeCreated[timediff(@SystemTime) <= 3600000]]]", logon);
	NO("*[System[TimeCreated[timediff(@SystemTime) < 3600000]]]", logon);
	YES("*[System[TimeCreated[timediff(@SystemTime)=3600000]]]", logon);
	YES("*[System[timediff(TimeCreated/@SystemTime) = 3600000]]", logon);
	/* The second minus the first. */
	YES("*[System[TimeCreated[timediff(@SystemTime,133590276000001000)=0 "
	    "and timediff(@SystemTime,133590276000010000)=1]]]",
	    logon);
	YES("*[System[TimeCreated[timediff(133590276000000000,@SystemTime)=0 "
	    "and timediff(133590275990000000,@SystemTime)=1000]]]",
	    logon);
	NO("*[System[TimeCreated[timediff(@SystemTime,1)>0]]]", logon);
	NO("*[System[timediff(Computer)>=0]]", logon);
	assert_ok(parse("*[System[timediff(Level) > 1]]"));
	assert_true(query.uses_now);
	assert_ok(parse("*[System[timediff(Level, 7) > 1]]"));
	assert_false(query.uses_now);
}

static void
positions(void **state)
{
	(void)state;
	YES("*[EventData[Data[1]='Alice']]", logon);
	NO("*[EventData[Data[2]='Alice']]", logon);
	YES("*[EventData/Data[2]=3]", logon);
	YES("*[EventData[Data[position()=2]='3']]", logon);
	YES("*[EventData[Data[position()<=2 and @Name='Type']]]", logon);
	NO("*[EventData[Data[position()>2 and @Name='Type']]]", logon);
	NO("*[EventData[Data[5]]]", logon);
	YES("*[EventData/*[4]='0x3e7']", logon);
	YES("*[System[*[2]=4624]]", logon);
}

static void
an_array_is_its_items(void **state)
{
	static const char event[] =
	    "<Event><EventData><Data>{0}</Data><Binary>x</Binary></EventData>"
	    "</Event>";
	const struct value values[8] = { hex_value(
	    VALUE_ARRAY | VALUE_WSTRING, "6100 0000 6200 0000 3700 0000") };

	(void)state;
	assert_true(fits_values("*[EventData[Data='a']]", event, values));
	assert_true(fits_values("*[EventData/Data=7]", event, values));
	assert_false(fits_values("*[EventData/Data='c']", event, values));
	assert_true(fits_values("*[EventData/Data[2]='b']", event, values));
	assert_false(fits_values("*[EventData/Data[1]='b']", event, values));
	assert_true(fits_values("*[EventData/Data[3]]", event, values));
	assert_false(fits_values("*[EventData/Data[4]]", event, values));
	assert_true(
	    fits_values("*[EventData/Data[position()>1]=7]", event, values));
	assert_false(
	    fits_values("*[EventData/Data[position()>1]='a']", event, values));
}

static void
holes_of_every_type(void **state)
{
	static const char event[] = "<Event><A>{0}</A><B>{1}</B><C>{2}</C>"
				    "<D>{3}</D><E x='{4}'/><F>{5}</F>"
				    "<G>a{1}b{2}</G><H>{6}</H></Event>";
	const struct value values[8] = { hex_value(VALUE_U16, "1012"),
		wide_value("Alice"), hex_value(VALUE_HEX64, "e703000000000000"),
		hex_value(VALUE_GUID, "25968454785494 49a5ba3e3b0328c30d"),
		number_value(VALUE_FILETIME, NOW, 8),
		hex_value(VALUE_I32, "feffffff"),
		hex_value(VALUE_BOOL, "01000000"), hex_value(VALUE_NULL, "") };

	(void)state;
	assert_true(fits_values("*[A=4624]", event, values));
	assert_true(fits_values("*[A=1 or A=9 or A=4624]", event, values));
	assert_true(fits_values("*[A='4624' and A!='x']", event, values));
	assert_false(fits_values("*[A='04624']", event, values));
	assert_true(
	    fits_values("*[A!=1 and A>4623 and A<=4624]", event, values));
	assert_true(fits_values("*[band(A,16)]", event, values));
	assert_true(fits_values("*[B='Alice' and B!='Bob']", event, values));
	assert_false(fits_values("*[B='Alice1' or B!='Alice']", event, values));
	assert_true(fits_values("*[C='0x3e7' and C=999]", event, values));
	assert_false(fits_values("*[C='999' or C='0x3E7']", event, values));
	assert_true(fits_values(
	    "*[D='{54849625-5478-4994-A5BA-3E3B0328C30D}']", event, values));
	assert_true(
	    fits_values("*[E[@x='2024-05-01T10:00:00Z']]", event, values));
	assert_true(fits_values("*[E[timediff(@x)=0]]", event, values));
	assert_true(fits_values("*[F<0 and F='-2' and F!=2]", event, values));
	assert_true(fits_values("*[G='aAliceb0x3e7']", event, values));
	assert_true(fits_values("*[H='true']", event, values));
}

static void
nodes_with_nodes_below_have_no_value(void **state)
{
	(void)state;
	NO("*[System='x' or System!='x']", logon);
	NO("*!='x'", logon);
}

static void
characters_beyond_ascii(void **state)
{
	const struct value values[8] = { hex_value(
	    VALUE_WSTRING, "e400 ac20 3dd8 00de") };

	(void)state;
	assert_true(fits_values("*[A='\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80']",
	    "<Event><A>{0}</A></Event>", values));
	YES("*[A='\xc3\xa4']", "<Event><A>\xc3\xa4</A></Event>");
}

/* --- what is refused, and where ------------------------------------------- */

static const struct {
	const char *text;
	size_t at;
	const char *says;
} bad[] = {
	{ "", 0, "ends" },
	{ "System", 0, "* or Event" },
	{ "EventData[Data='x']", 0, "* or Event" },
	{ "*[contains(A,'x')]", 2, "functions" },
	{ "*[starts-with(A,'x')]", 2, "functions" },
	{ "*[not(A)]", 2, "functions" },
	{ "*[A[last()]]", 4, "functions" },
	{ "*[A/text()='x']", 8, "] at the end" },
	{ "*[A=B]", 4, "one side" },
	{ "*['x'='x']", 6, "one side" },
	{ "*[(A=1)=2]", 8, "one side" },
	{ "*[5 or A]", 2, "compare it" },
	{ "*['x']", 2, "compare it" },
	{ "*[timediff(A)]", 2, "compare it" },
	{ "*[A[position()]]", 4, "compare it" },
	{ "*[..]", 2, "axes" },
	{ "*[A/../B]", 4, "axes" },
	{ "//A", 0, "/" },
	{ "/Event", 0, "/" },
	{ "*[A//B]", 4, "//" },
	{ "*[parent::A]", 2, "axes" },
	{ "*[e:A]", 2, "namespaces" },
	{ "*[$x=1]", 2, "variables" },
	{ "*|*", 1, "or" },
	{ "*[A=-1]", 4, "sign" },
	{ "*[A+1=2]", 3, "sign" },
	{ "*[A=1.5]", 4, "whole" },
	{ "*[A=12ab]", 4, "decimal" },
	{ "*[A=0x]", 4, "decimal" },
	{ "*[A=18446744073709551616]", 4, "64 bits" },
	{ "*[A='x]", 4, "quote" },
	{ "*[A=\"x']", 4, "quote" },
	{ "*[A='\xff']", 4, "UTF-8" },
	{ "*[A='\xed\xa0\x80']", 4, "UTF-8" },
	{ "*[A! B]", 3, "!" },
	{ "*[A & B]", 4, "&" },
	{ "*[A B]", 4, "] at the end" },
	{ "*[A", 3, "ends" },
	{ "*[(A]", 4, "parenthesis" },
	{ "*]", 1, "the end" },
	{ "*[]", 2, "path" },
	{ "*[A=]", 4, "path" },
	{ "*[A and]", 7, "path" },
	{ "*[A=1=1]", 5, "] at the end" },
	{ "*[band(A)]", 8, "comma" },
	{ "*[band(1,2)]", 7, "one argument" },
	{ "*[band(A,B)]", 7, "one argument" },
	{ "*[band(A,1)='1']", 12, "without quotes" },
	{ "*[band(band(A,1),1)]", 7, "not a function call" },
	{ "*[timediff('x')=1]", 11, "a path or a number" },
	{ "*[timediff(1)=1]", 12, "comma" },
	{ "*[A/@b/c]", 4, "attribute" },
	{ "*[@b[1]]", 4, "attribute" },
	{ "*[A[1]/B]", 2, "without nodes below" },
	{ "*[System[1]]", 2, "without nodes below" },
	{ "*[1]", 0, "without nodes below" },
	{ "*[A[0]]", 4, "from 1" },
	{ "*[A[257]]", 4, "from 1" },
	{ "*[A[@b='x'][1]]", 12, "first predicate" },
	{ "*[A] and position()=1", 9, "first predicate" },
	{ "*[A=\x01]", 4, "character" },
};

static void
outside_of_the_subset(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (parse(bad[i].text) != RC_FATAL)
			fail_msg("%s was taken", bad[i].text);
		assert_int_equal(error.why, WHY_USAGE);
		if (query.fault != bad[i].at)
			fail_msg("%s: at %zu: %s", bad[i].text, query.fault,
			    error.text);
		assert_says(error, bad[i].says);
		arena_free(&arena);
	}
}

static char *
repeat(const char *start, const char *piece, size_t n, const char *end)
{
	char *const text =
	    malloc(strlen(start) + n * strlen(piece) + strlen(end) + 1);
	char *w = text;

	assert_non_null(text);
	w += snprintf(w, strlen(start) + 1, "%s", start);
	for (size_t i = 0; i < n; i++)
		w += snprintf(w, strlen(piece) + 1, "%s", piece);
	(void)snprintf(w, strlen(end) + 1, "%s", end);
	return text;
}

static void
sizes_have_a_maximum(void **state)
{
	char *const texts[] = { repeat("", "*[", 40, ""),
		repeat("*[", "(", 40, ""), repeat("*[A", " or A", 4096, "]"),
		repeat("*[A='", "x", XPATH_TEXT_MAX, "']"),
		repeat("*", "/*", 5000, "") };
	static const char *const says[] = { "deep", "deep", "terms", "65536",
		"terms" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_why(parse(texts[i]), RC_FATAL, error, WHY_USAGE);
		assert_says(error, says[i]);
		arena_free(&arena);
		free(texts[i]);
	}
}

/* The thousand ids of a set become one test of one substitution. */
static void
alternatives_become_one_operation(void **state)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	const struct value values[1] = { hex_value(VALUE_U16, "0300") };
	const struct tree t = sample_tree(
	    "<Event><System><EventID>{0}</EventID></System></Event>", values,
	    1);
	struct xpath_expr *list;
	struct program p;
	char text[64];

	(void)state;
	assert_ok(parse("*[System[(EventID=1) or (EventID=2)]]"));
	list = xpath_join_list(&arena);
	assert_true(xpath_join(list, query.expr, &arena));
	for (unsigned i = 1000; i > 2; i--) {
		char *const kept = arena_alloc(&arena, sizeof(text));
		(void)snprintf(kept, sizeof(text), "*[System[EventID=%u]]", i);
		query.text = span_str(kept);
		assert_ok(xpath_parse(&query, &arena, &error));
		assert_true(xpath_join(list, query.expr, &arena));
	}
	struct program_query q = { .expr = list };
	const struct program_rule rule = { .select = &q };
	const struct program_channels all = { { 1 } };
	const struct program_source s = {
		.rules = &rule, .tree = &t, .channels = &all, .ops = ops
	};
	program_make(&p, &s);
	assert_int_equal(p.n, 1);
	assert_int_equal(ops[0].test->literal.n, 1000);
	const struct program_facts facts = { .values = values };
	assert_true(program_answer(&p, &facts) == PROGRAM_YES);
	arena_free(&arena);
}

static int
finish(void **state)
{
	arena_free(&arena);
	return helper_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_that_exist),
		cmocka_unit_test(top_level_paths_are_combined),
		cmocka_unit_test(and_binds_closer_than_or),
		cmocka_unit_test(numbers_are_compared_as_numbers),
		cmocka_unit_test(escaped_operators_are_taken),
		cmocka_unit_test(texts_are_compared_with_regard_to_case),
		cmocka_unit_test(any_of_several_nodes_will_do),
		cmocka_unit_test(what_is_missing_is_neither_equal_nor_unlike),
		cmocka_unit_test(attributes),
		cmocka_unit_test(guids_are_compared_by_value),
		cmocka_unit_test(times_are_compared_by_value),
		cmocka_unit_test(band_asks_for_bits),
		cmocka_unit_test(timediff_is_in_milliseconds),
		cmocka_unit_test(positions),
		cmocka_unit_test(an_array_is_its_items),
		cmocka_unit_test(holes_of_every_type),
		cmocka_unit_test(nodes_with_nodes_below_have_no_value),
		cmocka_unit_test(characters_beyond_ascii),
		cmocka_unit_test(outside_of_the_subset),
		cmocka_unit_test(sizes_have_a_maximum),
		cmocka_unit_test(alternatives_become_one_operation),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
