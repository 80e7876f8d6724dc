/* SPDX-License-Identifier: Apache-2.0 */
/* Templates as bytes, the catalog of a run, and which templates are recovered
 * from it. */
#include "evtx/template_codec.h"
#include "evtx/template_recovery.h"
#include "tests/unit/helper.h"

#define ID 0x04030201U

static struct template_catalog *catalog;
static struct arena arena;
static struct buf text;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	buf_init(&text, 1 << 20);
	return template_catalog_create(&catalog, &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	template_catalog_destroy(catalog);
	template_catalog_destroy(NULL);
	arena_free(&arena);
	buf_reset(&text);
	return helper_teardown(state);
}

/* Set the type of all substitutions in a list of nodes. */
static void
expect_type(const struct node *n, uint8_t type)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_SUBSTITUTION)
			((struct node *)(uintptr_t)n)->value.type = type;
		expect_type(n->attrs, type);
		expect_type(n->kids, type);
	}
}

static struct span
packed(const char *xml, uint8_t type)
{
	const struct node *const n = sample(xml);

	expect_type(n, type);
	buf_cut(&text, 0);
	template_codec_write(&text, n);
	return arena_copy(&arena, buf_span(&text));
}

/* Add a template whose GUID starts with ID and ends with `last`. */
static void
add(const char *xml, uint8_t type, uint8_t last, bool sound)
{
	struct template_entry item = { .guid = { 1, 2, 3, 4 }, .sound = sound };

	item.guid[TEMPLATE_GUID_BYTES - 1] = last;
	item.text = packed(xml, type);
	template_catalog_add(catalog, &item);
}

static unsigned
count(const struct template_catalog *c, uint32_t id)
{
	const struct template_entry *i = NULL;
	unsigned n = 0;

	while ((i = template_catalog_find(c, id, i)) != NULL)
		n++;
	return n;
}

/* Find a template for n values of one type. */
static enum rc
borrow(uint8_t type, uint32_t n, const struct template_entry **item)
{
	struct value values[4] = { { .type = type }, { .type = type },
		{ .type = type }, { .type = type } };
	const struct template_recovery b = { catalog, &arena, ID, values, n };
	struct node *content = NULL;

	err_clear(&error);
	const enum rc rc = template_recovery_find(&b, item, &content, &error);
	assert_true(rc != RC_OK || (content != NULL && *item != NULL));
	return rc;
}

static void
nodes_come_back_from_their_bytes(void **state)
{
	static const char xml[] = "<E a='v' b='{0}'>text<F/><G>{1}</G>{70}</E>";
	const struct span once = packed(xml, VALUE_SID);
	const struct node *const n = template_codec_read(once, &arena);

	(void)state;
	assert_non_null(n);
	assert_span(n->name, "E");
	assert_span(n->attrs->name, "a");
	assert_int_equal(n->attrs->next->kids->index, 0);
	assert_int_equal(n->attrs->next->kids->value.type, VALUE_SID);
	assert_span(value_bytes(&n->kids->value), "text");
	assert_int_equal(n->kids->next->next->next->index, 70);
	buf_cut(&text, 0);
	template_codec_write(&text, n);
	assert_span_eq(buf_span(&text), once);
	/* The type of a substitution is part of a template's identity. */
	assert_false(span_eq(once, packed(xml, VALUE_U32)));
	assert_null(template_codec_read(SPAN("\0"), &arena));
}

static void
equal_templates_are_one(void **state)
{
	(void)state;
	add("<E>{0}</E>", VALUE_U32, 1, false);
	add("<E>{0}</E>", VALUE_U32, 1, true);
	add("<E>{0}</E>", VALUE_U32, 1, false);
	assert_int_equal(count(catalog, ID), 1);
	assert_true(template_catalog_find(catalog, ID, NULL)->sound);
	add("<F>{0}</F>", VALUE_U32, 1, false);
	add("<E>{0}</E>", VALUE_U32, 2, false);
	assert_int_equal(count(catalog, ID), 3);
	assert_int_equal(count(catalog, ID + 1), 0);
	assert_int_equal(count(catalog, ID + 1024), 0); /* the same bucket */
}

static void
catalogs_are_merged(void **state)
{
	struct template_catalog *other;

	(void)state;
	assert_ok(template_catalog_create(&other, &error));
	add("<E>{0}</E>", VALUE_U32, 1, true);
	add("<F>{0}</F>", VALUE_U32, 1, false);
	template_catalog_merge(other, catalog);
	template_catalog_merge(other, catalog);
	assert_int_equal(count(other, ID), 2);
	assert_false(template_catalog_is_full(other));
	template_catalog_destroy(other);
}

static void
a_full_catalog_knows_nothing_for_certain(void **state)
{
	const struct template_entry *item;
	uint8_t *const much = calloc(1, TEMPLATE_CATALOG_BYTES_MAX);
	struct template_entry large = { .guid = { 9 },
		.text = { much, TEMPLATE_CATALOG_BYTES_MAX } };
	struct template_catalog *other;

	(void)state;
	assert_non_null(much);
	add("<E>{0}</E>", VALUE_U32, 1, true);
	assert_ok(borrow(VALUE_U32, 1, &item));
	template_catalog_add(catalog, &large);
	assert_true(template_catalog_is_full(catalog));
	assert_why(borrow(VALUE_U32, 1, &item), RC_SKIP, error, WHY_LIMIT);
	assert_ok(template_catalog_create(&other, &error));
	template_catalog_merge(other, catalog);
	assert_true(template_catalog_is_full(other));
	template_catalog_destroy(other);
	free(much);
}

/* No real log has so many definitions with one id, and searching them takes
 * long. */
static void
an_id_of_many_definitions_lends_nothing(void **state)
{
	const struct template_entry *item;
	struct template_catalog *other;

	(void)state;
	for (unsigned i = 0; i < TEMPLATE_CATALOG_BUCKET_MAX; i++)
		add("<E>{0}</E>", VALUE_U32, (uint8_t)i, true);
	assert_int_equal(count(catalog, ID), TEMPLATE_CATALOG_BUCKET_MAX);
	assert_false(template_catalog_is_full_for(catalog, ID));
	add("<E>{0}</E>", VALUE_U32, TEMPLATE_CATALOG_BUCKET_MAX, true);
	assert_true(template_catalog_is_full_for(catalog, ID));
	assert_true(template_catalog_is_full_for(
	    catalog, ID + TEMPLATE_CATALOG_BUCKETS));
	assert_false(template_catalog_is_full_for(catalog, ID + 1));
	assert_false(template_catalog_is_full(catalog));
	assert_int_equal(count(catalog, ID), 0);
	assert_why(borrow(VALUE_U32, 1, &item), RC_SKIP, error, WHY_LIMIT);
	/* The same in a catalog that this one is merged into. */
	assert_ok(template_catalog_create(&other, &error));
	template_catalog_merge(other, catalog);
	assert_true(template_catalog_is_full_for(other, ID));
	template_catalog_destroy(other);
}

static void
what_fits_is_borrowed(void **state)
{
	const struct template_entry *item;

	(void)state;
	assert_rc(borrow(VALUE_U32, 1, &item), RC_SKIP);
	assert_says(error, "0x04030201 is missing, and no other chunk has it");
	add("<E a='{1}'>{0}</E>", VALUE_U32, 1, true);
	assert_ok(borrow(VALUE_U32, 2, &item));
	assert_int_equal(item->guid[TEMPLATE_GUID_BYTES - 1], 1);
	assert_ok(borrow(VALUE_NULL, 2, &item));
	assert_ok(borrow(VALUE_U64, 2, &item)); /* wider */
	for (uint32_t n = 0; n < 4; n++) {
		if (n == 2)
			continue;
		assert_rc(borrow(VALUE_U32, n, &item), RC_SKIP);
		assert_says(error, "does not fit its values");
	}
}

static void
types_agree_as_in_real_logs(void **state)
{
	static const struct pair {
		uint8_t expected;
		uint8_t value;
		bool agree;
	} pairs[] = {
		{ VALUE_SIZE, VALUE_HEX32, true },
		{ VALUE_SIZE, VALUE_HEX64, true },
		{ VALUE_U8, VALUE_U16, true },
		{ VALUE_WSTRING, VALUE_STRING, true },
		{ VALUE_BINARY | VALUE_ARRAY, VALUE_BINARY, true },
		{ VALUE_WSTRING | VALUE_ARRAY, VALUE_WSTRING | VALUE_ARRAY,
		    true },
		{ VALUE_WSTRING | VALUE_ARRAY, VALUE_WSTRING, false },
		{ VALUE_U32, VALUE_U32 | VALUE_ARRAY, false },
		{ VALUE_U32, VALUE_HEX32, false },
		{ VALUE_SID, VALUE_GUID, false },
		{ VALUE_BINXML, VALUE_BINARY, false },
		{ VALUE_BOOL, VALUE_U32, false },
		{ VALUE_FILETIME, VALUE_U64, false },
		{ VALUE_F32, VALUE_F64, false },
		{ 0x7f, 0x7e, false },
	};
	const struct template_entry *item;

	assert_int_equal(teardown(state), 0);
	for (size_t i = 0; i < COUNT(pairs); i++) {
		assert_int_equal(setup(state), 0);
		add("<E>{0}</E>", pairs[i].expected, 1, true);
		const enum rc rc = borrow(pairs[i].value, 1, &item);
		assert_int_equal(rc == RC_OK, pairs[i].agree);
		assert_int_equal(teardown(state), 0);
	}
	assert_int_equal(setup(state), 0);
}

static void
nothing_is_guessed(void **state)
{
	const struct template_entry *item;

	(void)state;
	add("<A>{0}</A>", VALUE_U32, 1, true);
	add("<B>{0}</B>", VALUE_U32, 2, true);
	add("<C>{0}</C>", VALUE_SID, 3, true); /* does not fit */
	assert_rc(borrow(VALUE_U32, 1, &item), RC_SKIP);
	assert_says(error, "2 different templates");
	assert_ok(borrow(VALUE_SID, 1, &item));
	assert_int_equal(item->guid[TEMPLATE_GUID_BYTES - 1], 3);
}

static void
sound_templates_come_first(void **state)
{
	const struct template_entry *item;

	(void)state;
	add("<A>{0}</A>", VALUE_U32, 1, false);
	add("<B>{0}</B>", VALUE_U32, 2, false);
	assert_rc(borrow(VALUE_U32, 1, &item), RC_SKIP);
	add("<C>{0}</C>", VALUE_U32, 3, true);
	add("<D>{0}</D>", VALUE_U32, 4, false);
	assert_ok(borrow(VALUE_U32, 1, &item));
	assert_int_equal(item->guid[TEMPLATE_GUID_BYTES - 1], 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_come_back_from_their_bytes),
		TEST(equal_templates_are_one),
		TEST(catalogs_are_merged),
		TEST(a_full_catalog_knows_nothing_for_certain),
		TEST(an_id_of_many_definitions_lends_nothing),
		TEST(what_fits_is_borrowed),
		TEST(types_agree_as_in_real_logs),
		TEST(nothing_is_guessed),
		TEST(sound_templates_come_first),
	};

	return RUN(tests);
}
