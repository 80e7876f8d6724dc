/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/xml.h"

/* Logs the handler's calls as a line; the element `stop` stops it. */
struct seen {
	struct buf log;
};

static bool
on_start(void *ctx, const char *name, const char **attrs)
{
	struct seen *const s = ctx;

	buf_fmt(&s->log, "<%s", name);
	for (; *attrs != NULL; attrs += 2)
		buf_fmt(&s->log, " %s=%s", attrs[0], attrs[1]);
	buf_str(&s->log, ">");
	return strcmp(name, "stop") != 0;
}

static bool
on_end(void *ctx, bool empty)
{
	buf_str(&((struct seen *)ctx)->log, empty ? "/" : "</>");
	return true;
}

static bool
on_text(void *ctx, struct span text)
{
	buf_put(&((struct seen *)ctx)->log, text);
	return !span_eq(text, SPAN("stop"));
}

static struct xml *reader;
static struct seen seen;
static struct err error;

static enum rc
read_text(const char *text)
{
	const struct xml_handler h = { &seen, on_start, on_end, on_text };

	buf_cut(&seen.log, 0);
	return xml_read(reader, span_str(text), &h, &error);
}

static int
setup(void **state)
{
	(void)state;
	buf_init(&seen.log, (size_t)1 << 20);
	return xml_create(&reader, &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	xml_destroy(reader);
	xml_destroy(NULL);
	buf_reset(&seen.log);
	return helper_teardown(state);
}

static void
elements_attributes_and_text(void **state)
{
	(void)state;
	assert_ok(read_text("<a x='1' y=\"2\">t<b/>u</a>"));
	assert_buf(&seen.log, "<a x=1 y=2>t<b>/u</>");
}

static void
an_empty_element_is_told_by_how_it_is_written(void **state)
{
	(void)state;
	assert_ok(read_text("<a><b/><c></c><d x='1'/><e x='1'></e></a>"));
	assert_buf(&seen.log, "<a><b>/<c></><d x=1>/<e x=1></></>");
}

static void
references_are_resolved(void **state)
{
	(void)state;
	assert_ok(read_text("<a x='&quot;'>&lt;&amp;&gt;&#65;&#x20ac;</a>"));
	assert_buf(&seen.log, "<a x=\"><&>A\xe2\x82\xac</>");
}

static void
a_reader_is_used_again_after_success_and_failure(void **state)
{
	(void)state;
	assert_ok(read_text("<a/>"));
	assert_rc(read_text("<a>"), RC_SKIP);
	assert_rc(read_text("<stop/>"), RC_SKIP);
	assert_ok(read_text("<b/>"));
	assert_buf(&seen.log, "<b>/");
}

static void
what_is_not_well_formed_is_skipped_with_its_place(void **state)
{
	static const char *const bad[] = { "", "text", "<a>", "<a></b>",
		"<a/><b/>", "<a x=1/>", "<a>&nobody;</a>", "<a>\x01</a>",
		"<a>\xff</a>", "<a>&#0;</a>", "<a x='1' x='2'/>" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_why(read_text(bad[i]), RC_SKIP, error, WHY_CORRUPT);
		assert_says(error, "not well-formed at line 1");
	}
	(void)read_text("<a>\n\n  <b>\n</a>");
	assert_says(error, "line 4, column");
}

static void
document_types_are_refused(void **state)
{
	(void)state;
	assert_why(read_text("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"),
	    RC_SKIP, error, WHY_CORRUPT);
	assert_why(read_text("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"),
	    RC_SKIP, error, WHY_CORRUPT);
	assert_says(error, "a structure that is not accepted");
	assert_buf(&seen.log, "");
}

static void
the_handler_can_stop_it(void **state)
{
	(void)state;
	assert_why(
	    read_text("<a><stop><c/></stop></a>"), RC_SKIP, error, WHY_CORRUPT);
	assert_buf(&seen.log, "<a><stop>");
	assert_rc(read_text("<a>stop<c/></a>"), RC_SKIP);
	assert_buf(&seen.log, "<a>stop");
}

static void
deep_nesting_is_the_handlers_business(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, (size_t)1 << 20);
	for (unsigned i = 0; i < 5000; i++)
		buf_str(&text, "<a>");
	for (unsigned i = 0; i < 5000; i++)
		buf_str(&text, "</a>");
	buf_byte(&text, '\0');
	assert_ok(read_text((const char *)text.p));
	assert_int_equal(seen.log.n, 5000 * 6);
	buf_reset(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_attributes_and_text),
		cmocka_unit_test(an_empty_element_is_told_by_how_it_is_written),
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(
		    a_reader_is_used_again_after_success_and_failure),
		cmocka_unit_test(
		    what_is_not_well_formed_is_skipped_with_its_place),
		cmocka_unit_test(document_types_are_refused),
		cmocka_unit_test(the_handler_can_stop_it),
		cmocka_unit_test(deep_nesting_is_the_handlers_business),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
