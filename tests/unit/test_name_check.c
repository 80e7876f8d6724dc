/* SPDX-License-Identifier: Apache-2.0 */
/* Every bit of every name of a chunk is flipped: a record is read as it was, or
 * it is refused, but never read as something else. */
#include "evtx/decoder.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "tests/unit/helper.h"
#include "util/crc.h"
#include "util/le.h"

#define RECORDS 5U
#define NAMES_MAX 100U
#define TEXT_MAX ((size_t)1 << 20)

#define LOG \
	"event 4624 x2 every 1s\n" \
	"event\nid 7\nprovider P\nchannel Test/Log\n" \
	"time 2024-05-01T10:00:00\nuserdata\n<Paint>\nColour = red\nWeight = " \
	"7\n</Paint>\n" \
	"event x2\nid 8\nprovider P\nchannel Test/Log\n" \
	"time 2024-05-01T10:00:01\nuserdata\n<Paint>\nColour = blue\nHeight " \
	"= 9\n</Paint>\n"

struct place {
	uint32_t at;
	uint32_t units;
	char text[64];
};

static char dir[TEMP_MAX];
static struct err error;
static uint8_t raw[CHUNK_BYTES];
static struct place names[NAMES_MAX];
static unsigned n_names;
static struct buf truth[RECORDS];
static struct buf text;
static struct template_catalog *catalog;
static struct decoder *decoder;
static const struct decoder_kind *kind;

/* --- the log, and what is in it ------------------------------------------- */

static struct chunk
read_chunk(void)
{
	struct chunk c;

	assert_true(chunk_read(&c, span_of(raw, sizeof(raw))));
	return c;
}

static void
put_nodes(struct buf *b, const struct node *n, const struct value *values)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_TEXT || n->kind == NODE_SUBSTITUTION) {
			value_text(b, tree_value(n, values));
			continue;
		}
		buf_byte(b, n->kind == NODE_ATTRIBUTE ? '@' : '<');
		buf_put(b, n->name);
		buf_byte(b, '=');
		put_nodes(b, n->attrs, values);
		put_nodes(b, n->kids, values);
		buf_byte(b, '>');
	}
}

static uint16_t
hash(const uint8_t *chars, uint32_t units)
{
	uint32_t h = 0;

	for (uint32_t i = 0; i < units; i++)
		h = 65599 * h + le_u16(chars + 2 * (size_t)i);
	return (uint16_t)h;
}

/* True if there is a name at the offset; nothing else has this form. */
static bool
is_name(uint32_t at, struct place *p)
{
	p->at = at;
	p->units = le_u16(raw + at + 6);
	if (p->units == 0 || p->units >= sizeof(p->text) ||
	    le_u16(raw + at + 8 + 2 * (size_t)p->units) != 0 ||
	    le_u16(raw + at + 4) != hash(raw + at + 8, p->units))
		return false;
	for (uint32_t i = 0; i < p->units; i++) {
		const uint32_t c = le_u16(raw + at + 8 + 2 * (size_t)i);
		if (c < 'A' || c > 'z')
			return false;
		p->text[i] = (char)c;
	}
	p->text[p->units] = '\0';
	return true;
}

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return 0;
}

static void
read_log(void)
{
	const char *const path = in(dir, "log.evtx");
	mkevtx(path, LOG, NULL);
	FILE *const f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)CHUNK_FILE_HEADER, SEEK_SET), 0);
	assert_int_equal(fread(raw, 1, sizeof(raw), f), sizeof(raw));
	(void)fclose(f);
}

/* Make the log and note the contents of its records. */
static void
make_log(void)
{
	struct record r;

	read_log();
	n_names = 0;
	for (uint32_t at = CHUNK_HEADER; at < CHUNK_BYTES - 256; at++) {
		if (is_name(at, &names[n_names]))
			n_names++;
		assert_true(n_names < NAMES_MAX);
	}
	buf_init(&text, TEXT_MAX);
	assert_ok(template_catalog_create(&catalog, &error));
	const struct decoder_options o = { .catalog = catalog };
	assert_ok(kind->create(&decoder, &o, &error));
	const struct chunk c = read_chunk();
	assert_ok(kind->start(decoder, &c, &error));
	for (unsigned i = 0; i < RECORDS; i++) {
		buf_init(&truth[i], TEXT_MAX);
		assert_ok(kind->next(decoder, &r, &error));
		assert_null(r.repaired);
		assert_int_equal(r.n_name_mismatches, 0);
		put_nodes(&truth[i], r.tree.root, r.tree.values);
	}
	assert_rc(kind->next(decoder, &r, &error), RC_END);
}

static int
teardown(void **state)
{
	kind->destroy(decoder);
	template_catalog_destroy(catalog);
	decoder = NULL;
	catalog = NULL;
	buf_reset(&text);
	for (unsigned i = 0; i < RECORDS; i++)
		buf_reset(&truth[i]);
	temp_remove(dir);
	return helper_teardown(state);
}

/* --- flipping ------------------------------------------------------------- */

/* Result of reading a chunk with one damaged name. */
struct outcome {
	unsigned same; /* records, not repaired */
	unsigned repaired;
	unsigned refused;
	uint32_t orphan[RECORDS]; /* their offsets */
	unsigned number[RECORDS];
};

static void
check_same(const struct record *r, unsigned i, const struct place *p)
{
	buf_cut(&text, 0);
	put_nodes(&text, r->tree.root, r->tree.values);
	if (!span_eq(buf_span(&text), buf_span(&truth[i])))
		fail_msg("%s at %u: record %u is something else: %.*s", p->text,
		    p->at, i, (int)text.n, (const char *)text.p);
	if (r->repaired != NULL) {
		assert_int_equal(strncmp(r->repaired, "name:", 5), 0);
		assert_string_equal(r->repaired + 5, p->text);
	}
}

static struct outcome
read_damaged(const struct place *p)
{
	const struct chunk c = read_chunk();
	struct outcome o = { 0 };
	struct record r;

	assert_false(c.data_crc_ok);
	assert_ok(kind->start(decoder, &c, &error));
	for (unsigned i = 0; i < RECORDS; i++) {
		const enum rc rc = kind->next(decoder, &r, &error);
		assert_int_equal(r.n_name_mismatches, 0);
		if (rc == RC_SKIP) {
			o.number[o.refused] = i;
			o.orphan[o.refused++] = r.header.offset;
			continue;
		}
		assert_rc(rc, RC_OK);
		check_same(&r, i, p);
		if (r.repaired != NULL)
			o.repaired++;
		else
			o.same++;
	}
	return o;
}

static bool
is_custom(const struct place *p)
{
	static const char *const own[] = { "Colour", "Weight", "Height",
		"Paint" };

	for (size_t i = 0; i < COUNT(own); i++) {
		if (strcmp(p->text, own[i]) == 0)
			return true;
	}
	return false;
}

typedef void with_flip(const struct place *p, uint32_t bit);

/* Flip every step-th bit of hash, length and characters of all names. */
static void
flip_all(uint32_t step, with_flip *f)
{
	uint32_t bit = 0;

	for (unsigned i = 0; i < n_names; i++) {
		const struct place *const p = &names[i];
		const uint32_t end = 8 * (4 + 2 * p->units);
		for (; bit < end; bit += step) {
			uint8_t *const at = raw + p->at + 4 + bit / 8;
			*at ^= (uint8_t)(1U << bit % 8);
			f(p, bit);
			*at ^= (uint8_t)(1U << bit % 8);
		}
		bit -= end;
	}
}

static void
repaired_or_refused(const struct place *p, uint32_t bit)
{
	const struct outcome o = read_damaged(p);

	(void)bit;
	if (is_custom(p))
		assert_int_equal(o.repaired, 0);
	else
		assert_int_equal(o.refused, 0);
	if (o.refused + o.repaired == 0)
		fail_msg("%s at %u: nothing was noticed", p->text, p->at);
}

static void
names_of_system_are_repaired_and_others_refused(void **state)
{
	unsigned custom = 0;

	(void)state;
	make_log();
	for (unsigned i = 0; i < n_names; i++)
		custom += is_custom(&names[i]) ? 1 : 0;
	assert_true(n_names > 25);
	assert_true(custom >= 3);
	flip_all(1, repaired_or_refused);
}

static void
repaired_late(const struct place *p, uint32_t bit)
{
	const struct outcome o = read_damaged(p);
	struct record r;

	(void)bit;
	for (unsigned i = 0; i < o.refused; i++) {
		const struct decoder_deferred late = { .offset = o.orphan[i],
			.catalog = catalog };
		assert_ok(kind->read_deferred(decoder, &late, &r, &error));
		check_same(&r, o.number[i], p);
		assert_non_null(r.repaired);
		assert_int_equal(r.n_recovered_templates, 0);
	}
}

static void
names_that_the_run_has_seen_are_repaired_late(void **state)
{
	(void)state;
	make_log();
	flip_all(1, repaired_late);
}

static void
libevtx_reads_no_damaged_name(void **state)
{
	(void)state;
	make_log();
	flip_all(97, repaired_or_refused);
}

/* --- believing ------------------------------------------------------------ */

static void
seal(void)
{
	const uint32_t end = le_u32(raw + 48);
	const uint32_t crc = crc_add(0, span_of(raw + 512, end - 512));

	for (unsigned i = 0; i < 4; i++)
		raw[52 + i] = (uint8_t)(crc >> 8 * i);
	const uint32_t head =
	    crc_add(crc_add(0, span_of(raw, 120)), span_of(raw + 128, 384));
	for (unsigned i = 0; i < 4; i++)
		raw[124 + i] = (uint8_t)(head >> 8 * i);
}

static unsigned
count_doubts(uint32_t *first)
{
	const struct chunk c = read_chunk();
	unsigned n = 0;
	struct record r;

	assert_true(chunk_checksums_hold(&c));
	assert_ok(kind->start(decoder, &c, &error));
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_ok(kind->next(decoder, &r, &error));
		assert_null(r.repaired);
		if (n == 0 && r.n_name_mismatches != 0)
			*first = r.name_mismatches[0];
		n += (unsigned)r.n_name_mismatches;
	}
	assert_rc(kind->next(decoder, &r, &error), RC_END);
	return n;
}

static void
a_name_under_good_checksums_is_believed_and_told(void **state)
{
	uint32_t at = 0;

	(void)state;
	make_log();
	for (unsigned i = 0; i < n_names; i++) {
		raw[names[i].at + 8] ^= 2;
		seal();
		assert_int_equal(count_doubts(&at), 1);
		assert_int_equal(at, names[i].at);
		/* Also if the template was cached before. */
		assert_int_equal(count_doubts(&at), 1);
		raw[names[i].at + 8] ^= 2;
	}
}

static void
names_without_a_hash_are_told_once(void **state)
{
	uint32_t at = 0;

	(void)state;
	make_log();
	for (unsigned i = 0; i < n_names; i++)
		memset(raw + names[i].at + 4, 0, 2);
	seal();
	assert_int_equal(count_doubts(&at), 1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest native[] = {
		TEST(names_of_system_are_repaired_and_others_refused),
		TEST(names_that_the_run_has_seen_are_repaired_late),
		TEST(a_name_under_good_checksums_is_believed_and_told),
		TEST(names_without_a_hash_are_told_once),
	};
	static const struct CMUnitTest both[] = {
		TEST(libevtx_reads_no_damaged_name),
		TEST(a_name_under_good_checksums_is_believed_and_told),
	};

	kind = &decoder_native;
	const int failed = RUN(native);
	kind = &decoder_libevtx;
	return failed + RUN(both);
}
