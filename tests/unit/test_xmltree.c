/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/xmltree.h"
#include "tests/unit/helper.h"

static struct xml *reader;
static struct arena arena;
static struct xmltree tree;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)8 << 20);
	buf_init(&tree.text, (size_t)4 << 20);
	tree.into = &arena;
	const enum rc rc = xml_create(&reader, &error);
	tree.xml = reader;
	return rc == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	xml_destroy(reader);
	arena_free(&arena);
	buf_reset(&tree.text);
	return helper_teardown(state);
}

static enum rc
try(struct span text)
{
	const struct node *root;

	arena_reset(&arena);
	return xmltree_read(&tree, text, &root, &error);
}

static const struct node *
read_span(struct span text)
{
	const struct node *root = NULL;

	arena_reset(&arena);
	if (xmltree_read(&tree, text, &root, &error) != RC_OK)
		fail_msg("%s", error.text);
	return root;
}

static const struct node *
read_text(const char *text)
{
	return read_span(span_str(text));
}

/* The leaf of <Event><EventData><Data>text</Data></EventData></Event>. */
static struct value
data_value(const char *text)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	buf_fmt(
	    &b, "<Event><EventData><Data>%s</Data></EventData></Event>", text);
	const struct node *n = read_span(buf_span(&b));
	buf_reset(&b);
	n = tree_leaf(n->kids->kids);
	assert_non_null(n);
	return n->value;
}

static void
assert_data(const char *text, unsigned type, const char *want)
{
	const struct value v = data_value(text);
	struct buf b;

	assert_int_equal(v.type, type);
	buf_init(&b, 1000);
	value_text(&b, &v);
	assert_buf(&b, want);
	buf_reset(&b);
}

static void
elements_attributes_and_text(void **state)
{
	const struct node *const root =
	    read_text("<Event a='1' b=''><X>t</X><Y/></Event>");

	(void)state;
	assert_int_equal(root->kind, NODE_ELEMENT);
	assert_span(root->name, "Event");
	assert_span(root->attrs->name, "a");
	assert_span(value_bytes(&root->attrs->kids->value), "1");
	assert_span(root->attrs->next->name, "b");
	assert_span(root->kids->name, "X");
	assert_span(value_bytes(&root->kids->kids->value), "t");
	assert_int_equal(root->kids->kids->value.type, VALUE_UTF8);
	assert_span(root->kids->next->name, "Y");
	assert_null(root->kids->next->next);
}

static void
an_empty_text_is_not_nothing(void **state)
{
	const struct node *const root = read_text("<Event><A/><B></B></Event>");

	(void)state;
	assert_null(root->kids->kids);
	assert_non_null(root->kids->next->kids);
	assert_int_equal(root->kids->next->kids->value.n, 0);
}

static void
references_become_characters(void **state)
{
	(void)state;
	assert_data("&lt;a&gt; &amp;amp; &quot;", VALUE_UTF8, "<a> &amp; \"");
}

static void
indentation_between_elements_is_no_text(void **state)
{
	const struct node *const root =
	    read_text("<Event>\n  <A>\n    <B>x</B>\n  </A>\n</Event>");

	(void)state;
	assert_span(root->kids->name, "A");
	assert_null(root->kids->next);
	assert_span(root->kids->kids->name, "B");
	assert_null(root->kids->kids->next);
}

static void
blanks_that_are_all_an_element_holds_stay(void **state)
{
	(void)state;
	assert_data("   ", VALUE_UTF8, "   ");
	assert_data("\n", VALUE_UTF8, "\n");
	assert_data(" x ", VALUE_UTF8, " x ");
}

static void
text_beside_elements_stays(void **state)
{
	const struct node *n =
	    read_text("<Event>one<A/> two <B/>\n</Event>")->kids;

	(void)state;
	assert_span(value_bytes(&n->value), "one");
	assert_span(n->next->name, "A");
	assert_span(value_bytes(&n->next->next->value), " two ");
	assert_span(n->next->next->next->name, "B");
	assert_null(n->next->next->next->next);
}

static void
line_ends_come_through_unchanged(void **state)
{
	(void)state;
	assert_data("a\r\nb\rc\nd\te", VALUE_UTF8, "a\r\nb\rc\nd\te");
}

static void
line_ends_in_attributes_too(void **state)
{
	const struct node *const root = read_text("<Event a='x\r\n\ty'/>");

	(void)state;
	assert_span(value_bytes(&root->attrs->kids->value), "x\r\n\ty");
}

static void
every_control_character_comes_through(void **state)
{
	char text[2] = "x";

	(void)state;
	for (char c = 1; c < 0x20; c++) {
		text[0] = c;
		assert_data(text, VALUE_UTF8, text);
	}
	const struct node *const root = read_span(SPAN("<Event>a\0b</Event>"));
	assert_span_eq(value_bytes(&root->kids->value), SPAN("a\0b"));
}

static void
what_is_no_character_comes_through(void **state)
{
	(void)state;
	assert_data("a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd!", VALUE_UTF8,
	    "a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd!");
}

static void
private_characters_that_shelter_them_are_refused(void **state)
{
	(void)state;
	assert_why(try(SPAN("<Event>\xee\xb8\x80</Event>")), RC_SKIP, error,
	    WHY_CORRUPT);
	assert_says(error, "private character");
	assert_rc(try(SPAN("<Event>\xee\xb8\xa1</Event>")), RC_SKIP);
	assert_ok(try(SPAN("<Event>\xee\xb8\xa2\xee\xb7\xbf</Event>")));
}

static void
spellings_of_libevtx_have_their_type(void **state)
{
	(void)state;
	assert_data("0x000003e7", VALUE_HEX32, "0x3e7");
	assert_data("0x00000000000003e7", VALUE_HEX64, "0x3e7");
	assert_data("2024-05-01T10:00:00.123456700Z", VALUE_FILETIME,
	    "2024-05-01T10:00:00.1234567Z");
	assert_data("{54849625-5478-4994-A5BA-3E3B0328C30D}", VALUE_GUID,
	    "54849625-5478-4994-A5BA-3E3B0328C30D");
}

static void
other_spellings_stay_text(void **state)
{
	static const char *const texts[] = { "0x3e7", "0x000003E7",
		"0x00000zzz", "000003e7", "4624", "true", "",
		"2024-05-01T10:00:00.123456789Z", "2024-05-01T10:00:00Z",
		"2024-05-01 10:00:00.123456700Z",
		"2024-13-01T10:00:00.123456700Z",
		"{54849625-5478-4994-a5ba-3e3b0328c30d}",
		"54849625-5478-4994-A5BA-3E3B0328C30D",
		"{54849625-5478-4994-A5BA-3E3B0328C30X}" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_data(texts[i], VALUE_UTF8, texts[i]);
}

static const char head_text[] =
    "<Event><System><Provider Name='0x000003e7' "
    "Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/>"
    "<EventID Qualifiers='16384'>4624</EventID><Version>2</Version>"
    "<Level>0</Level><Task>12544</Task><Opcode>0</Opcode>"
    "<Keywords>0x8020000000000000</Keywords>"
    "<TimeCreated SystemTime='2013-10-23T16:22:39.973500000Z'/>"
    "<EventRecordID>5000000000</EventRecordID>"
    "<Correlation ActivityID='{54849625-5478-4994-A5BA-3E3B0328C30D}'/>"
    "<Execution ProcessID='4' ThreadID='0x8'/><Channel>4624</Channel>"
    "</System></Event>";

static void
fields_of_system_have_the_type_of_their_place(void **state)
{
	static const struct {
		enum system_field field;
		unsigned type;
		unsigned size;
	} want[] = { { SYSTEM_EVENT_ID, VALUE_U16, 2 },
		{ SYSTEM_QUALIFIERS, VALUE_U16, 2 },
		{ SYSTEM_VERSION, VALUE_U8, 1 }, { SYSTEM_LEVEL, VALUE_U8, 1 },
		{ SYSTEM_TASK, VALUE_U16, 2 }, { SYSTEM_OPCODE, VALUE_U8, 1 },
		{ SYSTEM_KEYWORDS, VALUE_HEX64, 8 },
		{ SYSTEM_TIME, VALUE_FILETIME, 8 },
		{ SYSTEM_RECORD_ID, VALUE_U64, 8 },
		{ SYSTEM_ACTIVITY_ID, VALUE_GUID, 16 },
		{ SYSTEM_PROCESS_ID, VALUE_U32, 4 },
		{ SYSTEM_THREAD_ID, VALUE_U32, 4 },
		{ SYSTEM_CHANNEL, VALUE_UTF8, 4 },
		{ SYSTEM_PROVIDER, VALUE_UTF8, 10 } };
	const struct tree t = { read_text(head_text), NULL, 0 };
	struct system_fields h;
	uint64_t n = 0;

	(void)state;
	system_fields_find(&h, &t);
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct value *const v =
		    system_fields_value(&h, want[i].field, NULL);
		assert_non_null(v);
		assert_int_equal(v->type, want[i].type);
		assert_int_equal(v->n, want[i].size);
	}
	assert_true(
	    value_u64(system_fields_value(&h, SYSTEM_RECORD_ID, NULL), &n));
	assert_int_equal(n, 5000000000);
	assert_true(value_time(system_fields_value(&h, SYSTEM_TIME, NULL), &n));
	assert_int_equal(n, 130270189599735000);
}

static void
what_does_not_fit_its_place_stays_text(void **state)
{
	const struct tree t = { read_text(
				    "<Event><System><EventID>65536</EventID>"
				    "<Version>256</Version><Level>x</Level>"
				    "<Task>-1</Task>"
				    "<TimeCreated SystemTime='never'/>"
				    "</System></Event>"),
		NULL, 0 };
	static const enum system_field fields[] = { SYSTEM_EVENT_ID,
		SYSTEM_VERSION, SYSTEM_LEVEL, SYSTEM_TASK, SYSTEM_TIME };
	struct system_fields h;

	(void)state;
	system_fields_find(&h, &t);
	for (size_t i = 0; i < COUNT(fields); i++)
		assert_int_equal(
		    system_fields_value(&h, fields[i], NULL)->type, VALUE_UTF8);
}

static enum rc
nested(unsigned depth)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (unsigned i = 0; i < depth; i++)
		buf_str(&b, "<a>");
	for (unsigned i = 0; i < depth; i++)
		buf_str(&b, "</a>");
	const enum rc rc = try(buf_span(&b));
	buf_reset(&b);
	return rc;
}

static void
depth_has_an_end(void **state)
{
	(void)state;
	assert_ok(nested(XMLTREE_DEPTH_MAX));
	assert_rc(nested(XMLTREE_DEPTH_MAX + 1), RC_SKIP);
	assert_rc(nested(10000), RC_SKIP);
	assert_ok(nested(1));
}

static void
too_large_for_scratch_or_arena(void **state)
{
	struct xmltree small = { reader, &arena, { .max = 1000 } };
	struct arena little;
	const struct node *root;
	char text[2000];

	(void)state;
	(void)snprintf(text, sizeof(text), "<Event>%01500d</Event>", 1);
	assert_why(xmltree_read(&small, span_str(text), &root, &error), RC_SKIP,
	    error, WHY_LIMIT);
	buf_reset(&small.text);
	arena_init(&little, 500);
	small = (struct xmltree){ reader, &little, { .max = 10000 } };
	assert_rc(xmltree_read(&small, span_str(text), &root, &error), RC_SKIP);
	buf_reset(&small.text);
	arena_free(&little);
}

static void
what_is_not_well_formed_is_skipped(void **state)
{
	(void)state;
	assert_why(
	    try(SPAN("<Event><A></Event>")), RC_SKIP, error, WHY_CORRUPT);
	assert_rc(try(SPAN("")), RC_SKIP);
	assert_rc(try(SPAN("<!DOCTYPE Event><Event/>")), RC_SKIP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_attributes_and_text),
		cmocka_unit_test(an_empty_text_is_not_nothing),
		cmocka_unit_test(references_become_characters),
		cmocka_unit_test(indentation_between_elements_is_no_text),
		cmocka_unit_test(blanks_that_are_all_an_element_holds_stay),
		cmocka_unit_test(text_beside_elements_stays),
		cmocka_unit_test(line_ends_come_through_unchanged),
		cmocka_unit_test(line_ends_in_attributes_too),
		cmocka_unit_test(every_control_character_comes_through),
		cmocka_unit_test(what_is_no_character_comes_through),
		cmocka_unit_test(
		    private_characters_that_shelter_them_are_refused),
		cmocka_unit_test(spellings_of_libevtx_have_their_type),
		cmocka_unit_test(other_spellings_stay_text),
		cmocka_unit_test(fields_of_system_have_the_type_of_their_place),
		cmocka_unit_test(what_does_not_fit_its_place_stays_text),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(too_large_for_scratch_or_arena),
		cmocka_unit_test(what_is_not_well_formed_is_skipped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
