/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two readings of a record: equal, a known fault of libevtx, or a
 * difference. */
#include "evtx/tree_compare.h"
#include "evtx/xmltree.h"
#include "tests/unit/helper.h"

#define DATA(content) "<Event><EventData>" content "</EventData></Event>"
#define ONE DATA("<Data Name='x'>{0}</Data>")

static struct xml *reader;
static struct arena arena;
static struct xmltree xmltree;
static struct tree_compare compare;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)8 << 20);
	buf_init(&xmltree.text, (size_t)4 << 20);
	xmltree.into = &arena;
	tree_compare_init(&compare);
	const enum rc rc = xml_create(&reader, &error);
	xmltree.xml = reader;
	return rc == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	xml_destroy(reader);
	arena_free(&arena);
	buf_reset(&xmltree.text);
	tree_compare_free(&compare);
	return helper_teardown(state);
}

/* True if libevtx's XML equals the tree with these four values. */
static bool
is_same(const char *native, const struct value *values, const char *xml)
{
	const struct tree n = sample_tree(native, values, 4);
	struct tree f = { .root = NULL };

	arena_reset(&arena);
	assert_ok(xmltree_read(&xmltree, span_str(xml), &f.root, &error));
	return tree_compare_equal(&compare, &n, &f);
}

static void
assert_same(const char *native, const struct value *values, const char *xml)
{
	if (!is_same(native, values, xml))
		fail_msg("%.*s: %.*s is not %.*s", (int)compare.path.n,
		    (const char *)compare.path.p, (int)compare.native.n,
		    (const char *)compare.native.p, (int)compare.libevtx.n,
		    (const char *)compare.libevtx.p);
	assert_int_equal(compare.quirks, 0);
}

/* Fail unless they differ at that path with these two values. */
static void
assert_differs(const char *native, const char *xml, const char *path,
    const char *ours, const char *theirs)
{
	assert_false(is_same(native, NULL, xml));
	assert_buf(&compare.path, path);
	assert_buf(&compare.native, ours);
	assert_buf(&compare.libevtx, theirs);
}

/* Fail unless libevtx's text for the value counts as equal. */
static void
assert_value(struct value v, const char *text)
{
	char xml[300];

	(void)snprintf(
	    xml, sizeof(xml), DATA("<Data Name='x'>%s</Data>"), text);
	assert_same(ONE, &v, xml);
}

static void
values_are_compared_by_what_they_mean(void **state)
{
	(void)state;
	assert_value(wide_value("text"), "text");
	assert_value(hex_value(VALUE_WSTRING, "6100 0000 0000"), "a");
	assert_value(hex_value(VALUE_STRING, "e9"), "\xc3\xa9");
	assert_value(number_value(VALUE_U32, 4000000000, 4), "4000000000");
	assert_value(hex_value(VALUE_I16, "2c01"), "300");
	assert_value(number_value(VALUE_HEX32, 0x3e7, 4), "0x000003e7");
	assert_value(number_value(VALUE_HEX64, 0x3e7, 8), "0x00000000000003e7");
	assert_value(hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"),
	    "{54849625-5478-4994-A5BA-3E3B0328C30D}");
	assert_value(number_value(VALUE_FILETIME, 130270189599735001, 8),
	    "2013-10-23T16:22:39.973500100Z");
	assert_value(hex_value(VALUE_BOOL, "07000000"), "true");
	assert_value(
	    hex_value(VALUE_SID, "010100000000000512000000"), "S-1-5-18");
	assert_value(hex_value(VALUE_BINARY, "00ff"), "00FF");
}

static void
system_is_compared_with_its_types(void **state)
{
	const struct value v[] = { number_value(VALUE_U16, 4624, 2),
		number_value(VALUE_HEX64, 0x8020000000000000, 8) };

	(void)state;
	assert_same("<Event><System><EventID>{0}</EventID>"
		    "<Keywords>{1}</Keywords></System></Event>",
	    v,
	    "<Event>\n  <System>\n    <EventID>4624</EventID>\n"
	    "    <Keywords>0x8020000000000000</Keywords>\n  </System>\n"
	    "</Event>");
}

static void
nothing_null_and_empty_are_one(void **state)
{
	const struct value v[] = { hex_value(VALUE_NULL, ""),
		hex_value(VALUE_WSTRING, "") };

	(void)state;
	assert_same(DATA("<Data>{0}</Data><B>{1}</B><C/>"), v,
	    DATA("<Data/><B></B><C></C>"));
	assert_same(DATA("<A x='{0}'/>"), v, DATA("<A/>"));
	assert_same(DATA("<A/>"), v, DATA("<A x=''/>"));
}

static void
the_order_of_attributes_plays_no_part(void **state)
{
	(void)state;
	assert_same(DATA("<A x='1' y='2'/>"), NULL, DATA("<A y='2' x='1'/>"));
	assert_differs(DATA("<A x='1' y='2'>t</A>"), DATA("<A x='1'>t</A>"),
	    "/Event/EventData/A/@y", "2", "");
	assert_differs(DATA("<A x='1'>t</A>"), DATA("<A x='1' y='2'>t</A>"),
	    "/Event/EventData/A", "", " y=\"2\"");
}

static void
text_in_pieces_is_one_text(void **state)
{
	const struct value v[] = { wide_value("0x1"), wide_value("0") };

	(void)state;
	assert_same(DATA("<A>{0}{1}</A>"), v, DATA("<A>0x10</A>"));
}

static void
an_array_is_an_element_per_item(void **state)
{
	const struct value v[] = {
		hex_value(
		    VALUE_ARRAY | VALUE_WSTRING, "61000000 0000 62000000"),
		hex_value(VALUE_ARRAY | VALUE_U16, ""),
	};

	(void)state;
	assert_same(DATA("<Data>{0}</Data><Z>1</Z>"), v,
	    DATA("<Data>a</Data><Data/><Data>b</Data><Z>1</Z>"));
	assert_same(DATA("<Data>{1}</Data>"), v, DATA("<Data/>"));
	assert_false(is_same(
	    DATA("<Data>{0}</Data>"), v, DATA("<Data>a</Data><Data/>")));
	assert_false(is_same(DATA("<Data>{0}</Data>"), v,
	    DATA("<Data>a</Data><Data/><Data>b</Data><Data>c</Data>")));
}

static void
a_difference_is_shown_where_it_is(void **state)
{
	(void)state;
	assert_differs(DATA("<Data Name='x'>a</Data>"),
	    DATA("<Data Name='x'>b</Data>"), "/Event/EventData/Data", "a", "b");
	assert_differs(DATA("<A>a</A><B>b</B>"), DATA("<A>a</A><C>b</C>"),
	    "/Event/EventData", "<B>b</B>", "<C>b</C>");
	assert_differs(DATA("<A>a</A><B>b</B>"), DATA("<A>a</A>"),
	    "/Event/EventData", "<B>b</B>", "");
	assert_differs(DATA("<A>a</A>"), DATA("<A>a</A><B c='d'/>"),
	    "/Event/EventData", "", "<B c=\"d\"/>");
	assert_differs(DATA("<A>a</A>"), DATA("<A><B>a</B></A>"),
	    "/Event/EventData/A", "a", "<B>a</B>");
}

static void
the_first_difference_is_the_one(void **state)
{
	(void)state;
	assert_differs(DATA("<A>1</A><B>2</B>"), DATA("<A>3</A><B>4</B>"),
	    "/Event/EventData/A", "1", "3");
	/* The difference is cleared by the next comparison. */
	assert_same(DATA("<A>1</A>"), NULL, DATA("<A>1</A>"));
}

static void
of_a_long_reading_the_part_around_the_difference_is_shown(void **state)
{
	struct buf a;
	struct buf b;

	(void)state;
	buf_init(&a, 100000);
	buf_init(&b, 100000);
	buf_str(&a, "<Event><A>");
	for (unsigned i = 0; i < 3000; i++)
		buf_str(&a, "\xc3\xa9");
	buf_put(&b, buf_span(&a));
	buf_str(&a, "here");
	buf_str(&b, "there");
	for (unsigned i = 0; i < 3000; i++) {
		buf_str(&a, "\xc3\xa9");
		buf_str(&b, "\xc3\xa9");
	}
	buf_str(&a, "</A></Event>");
	buf_str(&b, "</A></Event>");
	buf_byte(&a, '\0');
	buf_byte(&b, '\0');
	assert_false(is_same((const char *)a.p, NULL, (const char *)b.p));
	assert_true(compare.native.n < TREE_COMPARE_READING_MAX + 20);
	assert_true(compare.libevtx.n < TREE_COMPARE_READING_MAX + 20);
	buf_byte(&compare.native, '\0');
	buf_byte(&compare.libevtx, '\0');
	assert_has((const char *)compare.native.p, "\xa9here\xc3");
	assert_has((const char *)compare.libevtx.p, "\xa9there\xc3");
	assert_memory_equal(compare.native.p, "...\xc3", 4);
	buf_reset(&a);
	buf_reset(&b);
}

/* --- the faults ----------------------------------------------------------- */

static uint32_t shown;

static void
assert_fault(const char *name, const char *native, const struct value *values,
    const char *xml)
{
	if (!is_same(native, values, xml))
		fail_msg("%s: %.*s: %.*s, not %.*s", name, (int)compare.path.n,
		    (const char *)compare.path.p, (int)compare.native.n,
		    (const char *)compare.native.p, (int)compare.libevtx.n,
		    (const char *)compare.libevtx.p);
	shown |= compare.quirks;
	for (size_t i = 0; i < libevtx_quirks_count; i++) {
		const bool seen = (compare.quirks >> i & 1) != 0;
		assert_int_equal(
		    seen, strcmp(libevtx_quirks[i].name, name) == 0);
	}
}

/* Fail unless the value equals `text` because of that fault, and does not equal
 * `other`. */
static void
assert_value_fault(
    const char *name, struct value v, const char *text, const char *other)
{
	char xml[300];

	(void)snprintf(
	    xml, sizeof(xml), DATA("<Data Name='x'>%s</Data>"), text);
	assert_fault(name, ONE, &v, xml);
	(void)snprintf(
	    xml, sizeof(xml), DATA("<Data Name='x'>%s</Data>"), other);
	assert_false(is_same(ONE, &v, xml));
}

static void
numbers_that_libevtx_spells_wrong(void **state)
{
	(void)state;
	assert_value_fault(
	    "negative number", hex_value(VALUE_I8, "ff"), "-127", "-126");
	assert_value_fault("negative number", hex_value(VALUE_I16, "ffff"),
	    "-32767", "-65535");
	assert_value_fault("negative number", hex_value(VALUE_I32, "fbffffff"),
	    "-2147483643", "5");
	assert_value_fault("negative number",
	    hex_value(VALUE_I64, "ffffffffffffffff"), "-9223372036854775807",
	    "-9223372036854775806");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "182d4454fb210940"), "3.141593e+000",
	    "3.141591e+000");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "182d4454fb210940"), "3.141592e+000",
	    "3.141594e+000");
	/* 1.6251925 is cut, and 1 may come out below it. */
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "8d45d3d9c900fa3f"), "1.625192e+000",
	    "1.62519e+000");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "000000000000f03f"), "9.999999e-001",
	    "9.999998e-001");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "000000000000f03f"), "1.000000e+000",
	    "1.000000e+001");
	/* 9.9999999e22, whose first digit becomes a colon. */
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "52cc53c4022db544"), ":.000000e+022",
	    ":.000002e+022");
	/* A small number is not 0. */
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "8dedb5a0f7c6b03e"), "1.000000e-006",
	    "0.000000e+000");
	assert_value_fault("six digits", hex_value(VALUE_F32, "000000bf"),
	    "-5.000000e-001", "5.000000e-001");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "9c7500883ce4377e"), "1.000000e+300",
	    "1.000000e+301");
	assert_value_fault(
	    "six digits", hex_value(VALUE_F32, "0000c07f"), "NaN", "Inf");
	assert_value_fault("six digits",
	    hex_value(VALUE_F64, "000000000000f0ff"), "Inf", "-Inf");
	assert_value_fault(
	    "six digits", hex_value(VALUE_F32, "0000c0ff"), "Ind", "NaN");
	assert_value_fault("bad date",
	    hex_value(VALUE_SYSTEMTIME, "e8070d000100010000000000000000ff"),
	    "(0x01fa 0x0003 0x0000 0x0000 0x0000 0x0000 0x0000 0x3fc0)",
	    "(0x01fa 0x0003 0x0000 0x0000 0x0000 0x0000 0x0000 0x3fc1)");
	assert_value_fault("size_t in decimal",
	    number_value(VALUE_SIZE, 0x12345678, 4), "305419896", "305419897");
	assert_value_fault("far time",
	    number_value(VALUE_FILETIME, INT64_MAX, 8),
	    "(0x7fffffff 0xffffffff)", "(0x7fffffff 0xfffffffe)");
}

static void
texts_that_libevtx_reads_wrong(void **state)
{
	(void)state;
	assert_value_fault("surrogates",
	    hex_value(VALUE_WSTRING, "3dd800de 2100"), "\xf0\x9f\x88\x81!",
	    "\xf0\x9f\x98\x81!");
	assert_value_fault("surrogates",
	    hex_value(VALUE_WSTRING, "7800 3dd8 7900 7a00"), "x\xef\xbf\xbdz",
	    "x\xef\xbf\xbdy");
	assert_value_fault(
	    "cut at NUL", hex_value(VALUE_WSTRING, "6100 0000 6200"), "a", "b");
	assert_value_fault(
	    "lone newline", hex_value(VALUE_WSTRING, "0a00"), "", " ");
	assert_value_fault("unescaped",
	    hex_value(VALUE_STRING, "3c613e623c2f613e"), "<a>b</a>",
	    "<a>c</a>");
	assert_value_fault("unescaped", hex_value(VALUE_STRING, "266c743b2162"),
	    "&lt;!b", "&gt;!b");
	/* A string of two bytes a character is escaped. */
	const struct value wide = wide_value("<a>b</a>");
	assert_false(
	    is_same(ONE, &wide, DATA("<Data Name='x'><a>b</a></Data>")));
}

static void
elements_that_libevtx_leaves_out(void **state)
{
	const struct value v[] = { hex_value(VALUE_WSTRING, "") };

	(void)state;
	assert_fault("null left out", DATA("<Data>a</Data><Binary/>"), v,
	    DATA("<Data>a</Data>"));
	assert_fault("null left out", DATA("<Data/><Data>a</Data>"), v,
	    DATA("<Data>a</Data>"));
	assert_fault("null left out", DATA("<Data/><Data/><Data>{0}</Data>"), v,
	    DATA("<Data></Data>"));
	assert_false(is_same(
	    DATA("<Data>a</Data><Data>b</Data>"), v, DATA("<Data>a</Data>")));
	/* An empty text is written. */
	assert_false(is_same(DATA("<A>a</A><B>{0}</B>"), v, DATA("<A>a</A>")));
	assert_fault(
	    "beside text", DATA("<A>p<Q/>r</A>"), v, DATA("<A>pr</A>"));
	assert_fault(
	    "beside text", DATA("<A>p<Q>q</Q></A>"), v, DATA("<A>p</A>"));
	assert_false(is_same(DATA("<A>p<Q/>r</A>"), v, DATA("<A>p</A>")));
	assert_fault("CDATA misplaced", DATA("<A>a</A><B>x y</B>"), v,
	    DATA("\n <A>a</A>\n  x y\n"));
	assert_false(
	    is_same(DATA("<A>a</A><B>x y</B>"), v, DATA("<A>a</A> x z ")));
}

/* libevtx omits everything after the first fragment of a value. */
static void
fragments_that_libevtx_forgets(void **state)
{
	struct node second = {
		.kind = NODE_ELEMENT,
		.name = SPAN("Part"),
		.later = true,
	};
	struct node text = { .kind = NODE_TEXT };
	struct node part = { .kind = NODE_ELEMENT, .name = SPAN("Part") };
	struct node event = { .kind = NODE_ELEMENT, .name = SPAN("Event") };
	const struct tree n = { .root = &event };
	struct tree f = { .root = NULL };

	(void)state;
	text.value = utf8_value("p");
	part.kids = &text;
	second.kids = &text;
	part.next = &second;
	event.kids = &part;
	assert_ok(xmltree_read(&xmltree,
	    span_str("<Event><Part>p</Part></Event>"), &f.root, &error));
	assert_true(tree_compare_equal(&compare, &n, &f));
	shown |= compare.quirks;
	second.later = false;
	assert_false(tree_compare_equal(&compare, &n, &f));
}

static void
every_fault_of_the_table_was_shown(void **state)
{
	(void)state;
	assert_true(libevtx_quirks_count > 0 && libevtx_quirks_count < 32);
	assert_int_equal(shown, ((uint32_t)1 << libevtx_quirks_count) - 1);
	for (size_t i = 0; i < libevtx_quirks_count; i++)
		assert_true(strlen(libevtx_quirks[i].does) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_compared_by_what_they_mean),
		cmocka_unit_test(system_is_compared_with_its_types),
		cmocka_unit_test(nothing_null_and_empty_are_one),
		cmocka_unit_test(the_order_of_attributes_plays_no_part),
		cmocka_unit_test(text_in_pieces_is_one_text),
		cmocka_unit_test(an_array_is_an_element_per_item),
		cmocka_unit_test(a_difference_is_shown_where_it_is),
		cmocka_unit_test(the_first_difference_is_the_one),
		cmocka_unit_test(
		    of_a_long_reading_the_part_around_the_difference_is_shown),
		cmocka_unit_test(numbers_that_libevtx_spells_wrong),
		cmocka_unit_test(texts_that_libevtx_reads_wrong),
		cmocka_unit_test(elements_that_libevtx_leaves_out),
		cmocka_unit_test(fragments_that_libevtx_forgets),
		cmocka_unit_test(every_fault_of_the_table_was_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
