/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders, on logs that the generator writes for the test. */
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "evtx/tree_cache.h"
#include "tests/unit/helper.h"

static char dir[TEMP_MAX];
static struct decoder *decoder;
static const struct decoder_kind *kind;
static uint8_t raw[CHUNK_BYTES];
static struct err error;

/* Data that a caller attaches to a cached tree. */
static unsigned dropped;

static void
drop(void *kept)
{
	if (kept != NULL)
		dropped++;
}

static const struct decoder_options options = { .drop = drop };

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return kind->create(&decoder, &options, &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	kind->destroy(decoder);
	kind->destroy(NULL);
	temp_remove(dir);
	return helper_teardown(state);
}

/* Read chunk `number` of a log that is made from the description. */
static struct chunk
chunk_of(const char *description, const char *odd, long number)
{
	struct chunk c;
	const char *const path = in(dir, "log.evtx");

	mkevtx(path, description, odd);
	FILE *const f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(
	    fseek(f, (long)CHUNK_FILE_HEADER + number * (long)CHUNK_BYTES,
		SEEK_SET),
	    0);
	assert_int_equal(fread(raw, 1, sizeof(raw), f), sizeof(raw));
	(void)fclose(f);
	assert_true(chunk_read(&c, span_of(raw, sizeof(raw))));
	return c;
}

static struct span
field(const struct record *r, enum system_field f, struct buf *b)
{
	struct system_fields h;

	system_fields_find(&h, &r->tree);
	buf_cut(b, 0);
	const struct value *const v =
	    system_fields_value(&h, f, r->tree.values);
	if (v != NULL)
		value_text(b, v);
	return buf_span(b);
}

static void
decoders_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(decoder_find("libevtx"), &decoder_libevtx);
	assert_ptr_equal(decoder_find("native"), &decoder_native);
	assert_null(decoder_find("nobody"));
	assert_null(decoder_find(""));
	assert_true(strlen(decoder_libevtx_version()) > 0);
}

static void
records_come_in_file_order_with_their_headers(void **state)
{
	const struct chunk c = chunk_of("event 4624 x3 every 1s\n"
					"time 2024-05-01T10:00:00.5\n"
					"computer PC7\n",
	    NULL, 0);
	struct chunk_record want = { .offset = CHUNK_HEADER };
	struct record r;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_ok(kind->start(decoder, &c, &error));
	for (unsigned i = 0; i < 3; i++, want.offset += want.size) {
		assert_true(chunk_record_at(&c, want.offset, &want));
		assert_ok(kind->next(decoder, &r, &error));
		assert_int_equal(r.header.id, want.id);
		assert_int_equal(r.header.offset, want.offset);
		assert_int_equal(r.header.time, want.time);
		assert_span(field(&r, SYSTEM_EVENT_ID, &b), "4624");
		assert_span(field(&r, SYSTEM_COMPUTER, &b), "PC7");
	}
	assert_rc(kind->next(decoder, &r, &error), RC_END);
	assert_rc(kind->next(decoder, &r, &error), RC_END);
	buf_reset(&b);
}

static void
values_arrive_with_their_text(void **state)
{
	const struct chunk c = chunk_of(
	    "event\nid 7\nprovider P\nchannel Test/Log\n"
	    "time 2013-10-23T16:22:39.9735\neventdata\n"
	    "text = <a> & \"b\"\\n\\u0001\nnumber:uint32 = 4000000000\n"
	    "empty = \nhex:hex64 = 0x3e7\n",
	    NULL, 0);
	static const char *const want[] = { "<a> & \"b\"\n\x01", "4000000000",
		"", "0x3e7" };
	struct record r;
	struct buf b;
	struct system_fields h;

	(void)state;
	buf_init(&b, 1000);
	assert_ok(kind->start(decoder, &c, &error));
	assert_ok(kind->next(decoder, &r, &error));
	assert_span(field(&r, SYSTEM_CHANNEL, &b), "Test/Log");
	assert_span(field(&r, SYSTEM_TIME, &b), "2013-10-23T16:22:39.9735000Z");
	system_fields_find(&h, &r.tree);
	const struct node *n = h.data->kids;
	for (size_t i = 0; i < COUNT(want); i++, n = n->next) {
		assert_non_null(n);
		const struct node *const leaf = tree_leaf(n);
		buf_cut(&b, 0);
		if (leaf != NULL)
			value_text(&b, tree_value(leaf, r.tree.values));
		assert_buf(&b, want[i]);
	}
	buf_reset(&b);
}

static void
an_instance_is_used_for_many_chunks(void **state)
{
	struct record r;
	unsigned n[3] = { 0, 0, 0 };

	(void)state;
	for (long i = 0; i < 3; i++) {
		const struct chunk c =
		    chunk_of("event 4688 x300 every 1s\n", NULL, i % 2);
		assert_ok(kind->start(decoder, &c, &error));
		while (kind->next(decoder, &r, &error) == RC_OK)
			n[i]++;
		assert_int_equal(n[i], chunk_count_records(&c));
	}
	assert_true(n[0] > 0);
	assert_int_equal(n[0], n[2]);
}

static void
a_record_that_cannot_be_read_is_skipped_with_its_header(void **state)
{
	struct chunk c = chunk_of("event 4624 x3 every 1s\n", NULL, 0);
	struct chunk_record second;
	struct record r;

	(void)state;
	assert_true(chunk_record_at(&c, CHUNK_HEADER, &second));
	assert_true(chunk_record_at(&c, second.offset + second.size, &second));
	memset(raw + second.offset + 24, 0xff, second.size - 28);
	assert_ok(kind->start(decoder, &c, &error));
	assert_ok(kind->next(decoder, &r, &error));
	assert_rc(kind->next(decoder, &r, &error), RC_SKIP);
	assert_true(error.text[0] != '\0');
	assert_int_equal(r.header.id, second.id);
	assert_ok(kind->next(decoder, &r, &error));
	assert_rc(kind->next(decoder, &r, &error), RC_END);
}

/* Renumber substitution `from` of this type. */
static void
renumber(uint8_t type, uint16_t from, uint16_t to)
{
	for (size_t i = 0; i + 4 <= sizeof(raw); i++) {
		uint8_t *const p = raw + i;
		if ((p[0] != 0x0d && p[0] != 0x0e) || p[1] != (from & 0xff) ||
		    p[2] != from >> 8 || p[3] != type)
			continue;
		p[1] = (uint8_t)(to & 0xff);
		p[2] = (uint8_t)(to >> 8);
		return;
	}
	fail_msg("substitution %u is not there", from);
}

/* The text of the n-th item of EventData. */
static struct span
item(const struct record *r, unsigned n, struct buf *b)
{
	struct system_fields h;

	system_fields_find(&h, &r->tree);
	buf_cut(b, 0);
	assert_non_null(h.data);
	const struct node *node = h.data->kids;
	for (; n > 0 && node != NULL; n--)
		node = node->next;
	assert_non_null(node);
	const struct node *const leaf = tree_leaf(node);
	if (leaf != NULL)
		value_text(b, tree_value(leaf, r->tree.values));
	return buf_span(b);
}

/* A substitution beyond an event's values is empty, and never has a value of
 * the event before. */
static void
a_substitution_beyond_the_values_is_empty(void **state)
{
	const struct chunk c = chunk_of("event 4624\n"
					"event\nid 7\nprovider P\n"
					"channel Test/Log\neventdata\n"
					"one:uint32 = 4000000001\n"
					"two:hex64 = 0x1122334455667788\n",
	    NULL, 0);
	struct record r;
	struct buf b;

	(void)state;
	if (kind != &decoder_native)
		return;
	renumber(VALUE_HEX64, 1, 2);
	buf_init(&b, 1000);
	assert_ok(kind->start(decoder, &c, &error));
	assert_ok(kind->next(decoder, &r, &error));
	assert_ok(kind->next(decoder, &r, &error));
	assert_span(item(&r, 0, &b), "4000000001");
	assert_span(item(&r, 1, &b), "");
	buf_reset(&b);
}

/* Records with the same tree share one slot, and each slot is freed. */
static void
a_slot_is_kept_for_its_shape(void **state)
{
	static char mine;
	const struct chunk c =
	    chunk_of("event 4624 x20 every 1s\nevent 1102\n", NULL, 0);
	struct record r;
	unsigned filled = 0;
	unsigned seen = 0;

	(void)state;
	dropped = 0;
	assert_ok(kind->start(decoder, &c, &error));
	while (kind->next(decoder, &r, &error) == RC_OK) {
		if (r.slot == NULL)
			continue;
		seen++;
		if (r.slot->kept != NULL)
			continue;
		r.slot->kept = &mine;
		filled++;
	}
	assert_true(filled <= seen);
	kind->destroy(decoder);
	assert_int_equal(dropped, filled);
	assert_true(seen == 0 || filled < seen);
	assert_ok(kind->create(&decoder, &options, &error));
}

/* Read a chunk with one kind of event and attach something large to each tree
 * that has nothing yet; returns how many those were. */
static unsigned
keep_large(const char *description, void *mine)
{
	const struct chunk c = chunk_of(description, NULL, 0);
	struct record r;
	unsigned filled = 0;

	assert_ok(kind->start(decoder, &c, &error));
	while (kind->next(decoder, &r, &error) == RC_OK) {
		if (r.slot == NULL || r.slot->kept != NULL)
			continue;
		r.slot->kept = mine;
		r.slot->bytes = TREE_CACHE_BYTES_MAX / 100 * 15;
		filled++;
	}
	return filled;
}

/* Trees that hold several megabytes are evicted, least recently used first. */
static void
what_is_used_least_is_forgotten(void **state)
{
	static const char *const logs[] = { "event 4624\n", "event 4688\n",
		"event 4672\n", "event 4634\n", "event 4720\n", "event 1102\n",
		"event 4648\n", "event 4776\n" };
	static char mine;
	unsigned filled = 0;

	(void)state;
	dropped = 0;
	for (size_t i = 0; i < COUNT(logs); i++) {
		filled += keep_large(logs[i], &mine);
		/* The first tree is used each time. */
		filled += keep_large(logs[0], &mine);
	}
	if (kind != &decoder_native)
		return;
	assert_int_equal(filled, COUNT(logs));
	assert_in_range(dropped, 1, COUNT(logs) - 1);
	assert_int_equal(keep_large(logs[0], &mine), 0);
	assert_int_equal(keep_large(logs[1], &mine), 1);
}

static void
damaged_chunks_end_or_are_refused(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct chunk c = chunk_of("event 4624 x5 every 1s\n", NULL, 0);
		for (unsigned i = 0; i < 1 + round; i++)
			raw[8 + dice(8000)] = (uint8_t)dice(256);
		if (!chunk_read(&c, span_of(raw, sizeof(raw))))
			continue;
		struct record r;
		enum rc rc = kind->start(decoder, &c, &error);
		assert_true(rc == RC_OK || rc == RC_SKIP);
		unsigned n = 0;
		for (; rc != RC_END && n < 3000; n++) {
			rc = kind->next(decoder, &r, &error);
			assert_int_not_equal(rc, RC_FATAL);
		}
		assert_true(n < 3000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoders_are_found_by_name),
		cmocka_unit_test(records_come_in_file_order_with_their_headers),
		cmocka_unit_test(values_arrive_with_their_text),
		cmocka_unit_test(an_instance_is_used_for_many_chunks),
		cmocka_unit_test(
		    a_record_that_cannot_be_read_is_skipped_with_its_header),
		cmocka_unit_test(a_substitution_beyond_the_values_is_empty),
		cmocka_unit_test(a_slot_is_kept_for_its_shape),
		cmocka_unit_test(what_is_used_least_is_forgotten),
		cmocka_unit_test(damaged_chunks_end_or_are_refused),
	};

	int failed = 0;

	kind = &decoder_libevtx;
	failed +=
	    cmocka_run_group_tests_name("libevtx", tests, setup, teardown);
	kind = &decoder_native;
	failed += cmocka_run_group_tests_name("native", tests, setup, teardown);
	return failed;
}
