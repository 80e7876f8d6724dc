/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/chunk.h"
#include "tests/unit/helper.h"
#include "util/crc.h"

static uint8_t raw[CHUNK_BYTES];

static void
put(uint8_t *p, uint64_t v, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
record(uint32_t at, uint32_t size, uint64_t id)
{
	put(raw + at, 0x2a2a, 4);
	put(raw + at + 4, size, 4);
	put(raw + at + 8, id, 8);
	put(raw + at + 16, 1000 + id, 8);
	if (at + size <= CHUNK_BYTES && size >= 4)
		put(raw + at + size - 4, size, 4);
}

/* Write both checksums; the records end at free_offset. */
static void
seal(uint32_t free_offset)
{
	put(raw + 48, free_offset, 4);
	put(raw + 52,
	    crc_add(0, span_of(raw + CHUNK_HEADER, free_offset - CHUNK_HEADER)),
	    4);
	put(raw + 124,
	    crc_add(crc_add(0, span_of(raw, 120)), span_of(raw + 128, 384)), 4);
}

/* Three records of 100, 28 and 72 bytes. */
static void
make_chunk(void)
{
	memset(raw, 0, sizeof(raw));
	memcpy(raw, "ElfChnk", 8);
	put(raw + 8, 11, 8);
	put(raw + 16, 13, 8);
	put(raw + 24, 21, 8);
	put(raw + 32, 23, 8);
	put(raw + 40, 128, 4);
	record(512, 100, 21);
	record(612, 28, 22);
	record(640, 72, 23);
	seal(712);
}

static struct chunk
read_chunk(void)
{
	struct chunk c;

	assert_true(chunk_read(&c, span_of(raw, sizeof(raw))));
	return c;
}

static void
a_good_chunk(void **state)
{
	(void)state;
	make_chunk();
	const struct chunk c = read_chunk();
	assert_true(c.header_crc_ok);
	assert_true(c.data_crc_ok);
	assert_false(c.no_crc);
	assert_true(chunk_checksums_hold(&c));
	assert_int_equal(c.first_id, 21);
	assert_int_equal(c.last_id, 23);
	assert_int_equal(c.free_offset, 712);
	assert_int_equal(c.bytes.n, CHUNK_BYTES);
	assert_int_equal(chunk_count_records(&c), 3);
}

static void
records_follow_each_other(void **state)
{
	static const uint32_t sizes[] = { 100, 28, 72 };
	struct chunk_record r;
	uint32_t at = CHUNK_HEADER;

	(void)state;
	make_chunk();
	const struct chunk c = read_chunk();
	for (unsigned i = 0; i < 3; i++, at += r.size) {
		assert_true(chunk_record_at(&c, at, &r));
		assert_int_equal(r.offset, at);
		assert_int_equal(r.size, sizes[i]);
		assert_int_equal(r.id, 21 + i);
		assert_int_equal(r.time, 1021 + i);
	}
	assert_int_equal(at, 712);
	assert_false(chunk_record_at(&c, at, &r));
}

static void
what_does_not_start_with_the_signature_is_none(void **state)
{
	struct chunk c;

	(void)state;
	make_chunk();
	assert_false(chunk_read(&c, span_of(raw, CHUNK_BYTES - 1)));
	assert_false(chunk_read(&c, span_of(NULL, 0)));
	raw[7] = 1;
	assert_false(chunk_read(&c, span_of(raw, sizeof(raw))));
	memcpy(raw, "XlfChnk", 8);
	assert_false(chunk_read(&c, span_of(raw, sizeof(raw))));
}

static void
a_changed_record_spoils_the_data_checksum(void **state)
{
	(void)state;
	make_chunk();
	raw[700] ^= 1;
	const struct chunk c = read_chunk();
	assert_true(c.header_crc_ok);
	assert_false(c.data_crc_ok);
	assert_false(chunk_checksums_hold(&c));
}

static void
a_changed_header_spoils_its_checksum(void **state)
{
	static const size_t places[] = { 8, 119, 128, 511 };

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		make_chunk();
		raw[places[i]] ^= 0x80;
		const struct chunk c = read_chunk();
		assert_false(c.header_crc_ok);
		assert_true(c.data_crc_ok);
		assert_false(chunk_checksums_hold(&c));
	}
}

static void
free_space_and_flags_are_in_no_checksum(void **state)
{
	(void)state;
	make_chunk();
	raw[712] = 0xff;
	put(raw + 120, 1, 4);
	const struct chunk c = read_chunk();
	assert_true(chunk_checksums_hold(&c));
}

static void
checksums_that_are_said_not_to_be_there(void **state)
{
	(void)state;
	make_chunk();
	put(raw + 52, 0, 4);
	put(raw + 124, 0, 4);
	struct chunk c = read_chunk();
	assert_false(chunk_checksums_hold(&c));
	put(raw + 120, 4, 4);
	c = read_chunk();
	assert_true(c.no_crc);
	assert_true(chunk_checksums_hold(&c));
}

static void
a_free_offset_astray_is_only_a_wrong_checksum(void **state)
{
	static const uint32_t astray[] = { 0, 511, CHUNK_BYTES + 1,
		UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(astray); i++) {
		make_chunk();
		put(raw + 48, astray[i], 4);
		const struct chunk c = read_chunk();
		assert_false(c.data_crc_ok);
		assert_int_equal(
		    chunk_count_records(&c), astray[i] > 512 ? 3 : 0);
	}
}

/* The last record is 23, at 640; an older one follows it. */
static void
what_follows_the_last_record_is_older(void **state)
{
	(void)state;
	make_chunk();
	record(712, 40, 77);
	put(raw + 44, 640, 4);
	seal(CHUNK_BYTES);
	struct chunk c = read_chunk();
	assert_true(chunk_checksums_hold(&c));
	assert_int_equal(chunk_used_end(&c), 712);
	assert_int_equal(chunk_count_records(&c), 3);
	/* A header that does not fit the record does not count. */
	static const uint32_t wrong[] = { 0, 511, 612, 641, CHUNK_BYTES };
	for (size_t i = 0; i < COUNT(wrong); i++) {
		put(raw + 44, wrong[i], 4);
		seal(CHUNK_BYTES);
		c = read_chunk();
		assert_int_equal(chunk_count_records(&c), 4);
	}
	put(raw + 44, 640, 4);
	c = read_chunk();
	assert_false(c.header_crc_ok);
	assert_int_equal(chunk_count_records(&c), 4);
}

static void
a_record_that_ends_outside_is_none(void **state)
{
	static const uint32_t wrong[] = { 0, 1, 27, 73, 100000, UINT32_MAX };
	struct chunk_record r;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		make_chunk();
		put(raw + 640 + 4, wrong[i], 4);
		const struct chunk c = read_chunk();
		assert_false(chunk_record_at(&c, 640, &r));
		assert_int_equal(chunk_count_records(&c), 2);
	}
}

static void
no_offset_leads_outside(void **state)
{
	static const uint32_t offsets[] = { 685, 711, 712, 713, CHUNK_BYTES,
		UINT32_MAX };
	struct chunk_record r;

	(void)state;
	make_chunk();
	const struct chunk c = read_chunk();
	for (size_t i = 0; i < COUNT(offsets); i++)
		assert_false(chunk_record_at(&c, offsets[i], &r));
	/* Nor does an offset where no record begins. */
	assert_false(chunk_record_at(&c, 513, &r));
}

static void
a_full_chunk_is_walked_to_its_last_byte(void **state)
{
	(void)state;
	make_chunk();
	for (uint32_t at = 512; at < CHUNK_BYTES; at += 32)
		record(at, 32, at);
	seal(CHUNK_BYTES);
	const struct chunk c = read_chunk();
	assert_true(chunk_checksums_hold(&c));
	assert_int_equal(chunk_count_records(&c), (CHUNK_BYTES - 512) / 32);
}

static void
any_bytes_end_the_walk(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		make_chunk();
		for (uint32_t at = 512; at < CHUNK_BYTES - 32; at += 32)
			record(at, 28 + dice(200), at);
		put(raw + 48, dice(2) == 0 ? dice(UINT32_MAX) : dice(70000), 4);
		const struct chunk c = read_chunk();
		assert_true(
		    chunk_count_records(&c) <= CHUNK_BYTES / CHUNK_RECORD_MIN);
	}
}

static void
file_headers(void **state)
{
	uint8_t block[CHUNK_FILE_HEADER] = "ElfFile";
	struct chunk_file_header f;

	(void)state;
	put(block + 42, 513, 2);
	put(block + 124, crc_add(0, span_of(block, 120)), 4);
	chunk_read_file_header(&f, span_of(block, sizeof(block)));
	assert_true(f.signature);
	assert_true(f.crc_ok);
	assert_false(f.dirty);
	assert_int_equal(f.chunks, 513);
	/* The dirty flag is not part of the checksum. */
	put(block + 120, 1, 4);
	chunk_read_file_header(&f, span_of(block, sizeof(block)));
	assert_true(f.dirty);
	assert_true(f.crc_ok);
	block[42] = 9;
	chunk_read_file_header(&f, span_of(block, sizeof(block)));
	assert_false(f.crc_ok);
	block[0] = 'e';
	chunk_read_file_header(&f, span_of(block, sizeof(block)));
	assert_false(f.signature);
}

static void
short_file_headers_say_nothing(void **state)
{
	struct chunk_file_header f;

	(void)state;
	chunk_read_file_header(&f, span_of(NULL, 0));
	assert_false(f.signature);
	assert_false(f.crc_ok);
	assert_int_equal(f.chunks, 0);
	chunk_read_file_header(&f, SPAN("ElfFile\0 and no more"));
	assert_true(f.signature);
	assert_false(f.crc_ok);
	assert_false(f.dirty);
}

/* A carved record of 48 bytes. */
static void
old_record(uint32_t at)
{
	record(at, 48, 7000);
	put(raw + at + 16, UINT64_C(130000000000000000), 8);
	put(raw + at + 24, 0x0001010f, 4);
	put(raw + at + 28, 0x0c, 1);
}

static void
old_records_are_found_one_after_the_other(void **state)
{
	struct chunk_record r;

	(void)state;
	make_chunk();
	old_record(1000);
	old_record(1048);
	old_record(CHUNK_BYTES - 48);
	const struct chunk c = read_chunk();
	assert_true(chunk_find_carved(&c, 712, CHUNK_BYTES, &r));
	assert_int_equal(r.offset, 1000);
	assert_int_equal(r.size, 48);
	assert_int_equal(r.id, 7000);
	assert_true(chunk_find_carved(&c, r.offset + r.size, CHUNK_BYTES, &r));
	assert_int_equal(r.offset, 1048);
	assert_true(chunk_find_carved(&c, r.offset + r.size, CHUNK_BYTES, &r));
	assert_int_equal(r.offset, CHUNK_BYTES - 48);
	assert_false(chunk_find_carved(&c, r.offset + r.size, CHUNK_BYTES, &r));
	/* It must end before the end. */
	assert_false(chunk_find_carved(&c, 712, 1047, &r));
	assert_true(chunk_find_carved(&c, 712, 1048, &r));
}

static void
an_old_record_must_be_well_formed(void **state)
{
	static const struct fault {
		uint32_t at; /* in the record */
		uint64_t value;
		unsigned width;
	} faults[] = {
		{ 4, 47, 4 },                /* its size */
		{ 4, 0xfffffff0, 4 },        /* not in the chunk */
		{ 44, 49, 4 },               /* the copy of it */
		{ 8, 0, 8 },                 /* its id */
		{ 8, UINT64_C(1) << 48, 8 }, /* more than were written */
		{ 16, 1, 8 },                /* 1601 */
		{ 16, UINT64_C(0x7fffffffffffffff), 8 }, /* never */
		{ 24, 0x0001020f, 4 },                   /* no fragment */
		{ 28, 0x05, 1 }, /* no instance or element */
	};
	struct chunk_record r;

	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		make_chunk();
		old_record(1000);
		put(raw + 1000 + faults[i].at, faults[i].value,
		    faults[i].width);
		const struct chunk c = read_chunk();
		assert_false(chunk_find_carved(&c, 712, CHUNK_BYTES, &r));
	}
	/* The last one of an exported log has no time. */
	make_chunk();
	old_record(1000);
	put(raw + 1016, 0, 8);
	const struct chunk c = read_chunk();
	assert_true(chunk_find_carved(&c, 712, CHUNK_BYTES, &r));
}

static void
a_run_of_old_records_starts_behind_a_gap(void **state)
{
	(void)state;
	make_chunk();
	old_record(1000);
	old_record(1048);
	old_record(2000);
	const struct chunk c = read_chunk();
	assert_int_equal(chunk_carved_run(&c, 1000), 1000);
	assert_int_equal(chunk_carved_run(&c, 1095), 1000);
	assert_int_equal(chunk_carved_run(&c, 1096), 1096); /* in the gap */
	assert_int_equal(chunk_carved_run(&c, 2047), 2000);
	assert_int_equal(chunk_carved_run(&c, 3000), 3000);
}

static void
checksums_vouch_for_the_used_area(void **state)
{
	(void)state;
	make_chunk();
	struct chunk c = read_chunk();
	assert_int_equal(chunk_verified_end(&c), 712);
	raw[520] ^= 1;
	c = read_chunk();
	assert_int_equal(chunk_verified_end(&c), 0);
	chunk_init_headerless(&c, span_of(raw, sizeof(raw)));
	assert_int_equal(chunk_verified_end(&c), 0);
	assert_int_equal(chunk_used_end(&c), CHUNK_HEADER);
	assert_false(chunk_checksums_hold(&c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_chunk),
		cmocka_unit_test(records_follow_each_other),
		cmocka_unit_test(
		    what_does_not_start_with_the_signature_is_none),
		cmocka_unit_test(a_changed_record_spoils_the_data_checksum),
		cmocka_unit_test(a_changed_header_spoils_its_checksum),
		cmocka_unit_test(free_space_and_flags_are_in_no_checksum),
		cmocka_unit_test(checksums_that_are_said_not_to_be_there),
		cmocka_unit_test(a_free_offset_astray_is_only_a_wrong_checksum),
		cmocka_unit_test(what_follows_the_last_record_is_older),
		cmocka_unit_test(a_record_that_ends_outside_is_none),
		cmocka_unit_test(no_offset_leads_outside),
		cmocka_unit_test(a_full_chunk_is_walked_to_its_last_byte),
		cmocka_unit_test(any_bytes_end_the_walk),
		cmocka_unit_test(file_headers),
		cmocka_unit_test(short_file_headers_say_nothing),
		cmocka_unit_test(old_records_are_found_one_after_the_other),
		cmocka_unit_test(an_old_record_must_be_well_formed),
		cmocka_unit_test(a_run_of_old_records_starts_behind_a_gap),
		cmocka_unit_test(checksums_vouch_for_the_used_area),
	};

	return RUN(tests);
}
