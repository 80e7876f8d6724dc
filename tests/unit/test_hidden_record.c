/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/hidden_record.h"
#include "tests/unit/helper.h"
#include "util/crc.h"

#define RECORDS_MAX 24U
#define SEEDS 1000U
#define T0 UINT64_C(133590053518035142)
#define MINUTE UINT64_C(600000000)
#define DAY (1440 * MINUTE)

/* What a log editor leaves inconsistent in a hidden record. */
enum miss {
	MISS_NOTHING,
	MISS_SIGNATURE,
	MISS_SIZE_ODD,
	MISS_SIZE_SHORT,
	MISS_SIZE_LONG,
	MISS_COPY,
	MISS_ID_ZERO,
	MISS_ID_OLD,
	MISS_ID_FAR,
	MISS_TIME_ZERO,
	MISS_TIME_OLD,
	MISS_TIME_FAR,
	MISSES,
};

struct made {
	uint32_t offset;
	uint32_t size;
	uint64_t id;
	uint64_t written; /* System/TimeCreated */
	uint64_t time;    /* of the header */
	unsigned by;      /* number of the live record, from 0 */
	enum miss miss;
};

static uint8_t raw[CHUNK_BYTES];
static struct made made[RECORDS_MAX];
static unsigned n_made;

static void
put(uint32_t at, uint64_t v, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		raw[at + i] = (uint8_t)(v >> 8 * i);
}

/* A template instance with two values: the time, and some text. */
static uint32_t
put_content(uint32_t at, uint64_t time, uint32_t text)
{
	put(at, 0x0001010f, 4); /* a fragment */
	put(at + 4, 0x010c, 2); /* an instance */
	put(at + 6, 0x12345678, 4);
	put(at + 10, CHUNK_HEADER, 4);
	put(at + 14, 2, 4);
	put(at + 18, 8 | 0x11U << 16, 4);
	put(at + 22, text | 1U << 16, 4);
	put(at + 26, time, 8);
	for (uint32_t i = 0; i < text; i++)
		raw[at + 34 + i] = (uint8_t)dice(256);
	return at + 34 + text;
}

static void
put_record(struct made *m, uint32_t at)
{
	const uint32_t end = put_content(at + 24, m->written, 2 * dice(60));

	m->offset = at;
	m->size = (end - at + 4 + 7) / 8 * 8;
	m->by = (unsigned)(m - made);
	m->miss = MISS_NOTHING;
	put(at, 0x2a2a, 4);
	put(at + 4, m->size, 4);
	put(at + 8, m->id, 8);
	put(at + 16, m->time, 8);
	put(at + m->size - 4, m->size, 4);
}

/* Records with ascending ids and times; in exports a header has the time of the
 * next record. */
static uint32_t
put_records(bool exported)
{
	const uint64_t first = 1 + dice(1000);
	uint64_t written = T0;
	uint32_t at = CHUNK_HEADER;

	n_made = 3 + dice(RECORDS_MAX - 3);
	for (unsigned i = 0; i < n_made; i++) {
		made[i].id = first + i;
		made[i].written = written;
		written += dice(4) == 0 ? dice(90) * DAY : dice(30) * MINUTE;
	}
	for (unsigned i = 0; i < n_made; i++) {
		made[i].time = made[i].written;
		if (exported)
			made[i].time = i + 1 < n_made ? made[i + 1].written : 0;
		put_record(&made[i], at);
		at += made[i].size;
	}
	return at;
}

/* Write the header of the chunk and its checksums, good or bad. */
static void
seal(uint32_t end, uint64_t last_id, bool sound)
{
	memcpy(raw, "ElfChnk", 8);
	put(24, made[0].id, 8);
	put(32, last_id, 8);
	put(40, 128, 4);
	put(44, 0, 4);
	put(48, end, 4);
	put(52, crc_add(0, span_of(raw + CHUNK_HEADER, end - CHUNK_HEADER)), 4);
	put(124,
	    crc_add(crc_add(0, span_of(raw, 120)), span_of(raw + 128, 384)), 4);
	if (!sound)
		put(52, 0, 4);
}

/* Record `first` claims the bytes up to the end of record `last`. */
static void
claim(unsigned first, unsigned last)
{
	const uint32_t end = made[last].offset + made[last].size;
	const uint32_t size = end - made[first].offset;

	put(made[first].offset + 4, size, 4);
	put(end - 4, size, 4);
}

/* The records after a hidden one continue with its id. */
static void
renumber(unsigned from)
{
	for (unsigned i = from; i < n_made; i++)
		put(made[i].offset + 8, --made[i].id, 8);
}

/* How an editor hides n records: */
enum way {
	AT_ONCE,
	FROM_LAST,  /* one by one, so that each but the last hides the next */
	FROM_FIRST, /* one by one, numbering what follows anew each time */
	WAYS,
};

static void
swallow(unsigned first, unsigned n, enum way way, bool anew)
{
	if (way == FROM_FIRST) {
		for (unsigned i = 1; i <= n; i++) {
			claim(first, first + i);
			if (anew)
				renumber(first + i + 1);
		}
	} else {
		for (unsigned i = n; way == FROM_LAST && i-- > 1;)
			claim(first + i, first + n);
		claim(first, first + n);
		for (unsigned i = 0; anew && i < n; i++)
			renumber(first + n + 1);
	}
	for (unsigned i = 1; i <= n; i++)
		made[first + i].by = first;
}

/* Make one property of a hidden record inconsistent. */
static void
spoil(struct made *m, enum miss miss)
{
	const uint32_t at = m->offset;

	m->miss = miss;
	if (miss == MISS_SIGNATURE)
		raw[at + dice(4)] ^= (uint8_t)(1U << dice(8));
	if (miss == MISS_SIZE_ODD) {
		put(at + 4, m->size - 4, 4);
		put(at + m->size - 8, m->size - 4, 4);
	}
	if (miss == MISS_SIZE_SHORT) {
		put(at + 4, 32, 4);
		put(at + 28, 32, 4);
	}
	if (miss == MISS_SIZE_LONG)
		put(at + 4, CHUNK_BYTES, 4);
	if (miss == MISS_COPY)
		put(at + m->size - 4, m->size + 8, 4);
	if (miss == MISS_ID_ZERO)
		put(at + 8, 0, 8);
	if (miss == MISS_ID_OLD)
		put(at + 8, made[m->by].id, 8);
	if (miss == MISS_ID_FAR)
		put(at + 8, m->id + 5000, 8);
	if (miss == MISS_TIME_ZERO)
		put(at + 16, 0, 8);
	if (miss == MISS_TIME_OLD)
		put(at + 16, T0 - 400000 * MINUTE, 8);
	if (miss == MISS_TIME_FAR)
		put(at + 16, T0 + 9000000 * MINUTE, 8);
}

/* Check that exactly the records hidden by a live one are found. */
static unsigned
check_live(const struct chunk *c, unsigned by, unsigned seed)
{
	struct chunk_record live;
	struct chunk_record got;
	struct hidden_record h;
	unsigned n = 0;

	assert_true(chunk_record_at(c, made[by].offset, &live));
	const uint32_t end = hidden_record_content_end(c, &live);
	assert_true(end > live.offset && end < live.offset + live.size);
	hidden_record_start(&h, c, &live, end);
	for (unsigned i = by + 1; i < n_made && made[i].by == by; i++, n++) {
		if (made[i].miss != MISS_NOTHING)
			continue;
		if (!hidden_record_next(&h, &got) ||
		    got.offset != made[i].offset)
			fail_msg("seed %u: record %u at %u is not found", seed,
			    i, made[i].offset);
		assert_int_equal(got.id, made[i].id);
		assert_true(hidden_record_has_room(&live, end));
	}
	if (hidden_record_next(&h, &got))
		fail_msg("seed %u: there is nothing at %u", seed, got.offset);
	return n;
}

static void
check(unsigned seed)
{
	struct chunk c;
	unsigned live = 0;
	unsigned hidden = 0;

	assert_true(chunk_read(&c, span_of(raw, sizeof(raw))));
	for (unsigned i = 0; i < n_made; i++) {
		if (made[i].by != i)
			continue;
		live++;
		hidden += check_live(&c, i, seed);
	}
	assert_int_equal(chunk_count_records(&c), live);
	assert_int_equal(live + hidden, n_made);
}

struct edit {
	bool exported;
	unsigned first;
	unsigned n;
	enum way way;
	bool anew;
};

/* Make a log and edit it. */
static struct edit
make(void)
{
	struct edit e = { .exported = dice(3) == 0 };

	memset(raw, 0, sizeof(raw));
	const uint32_t end = put_records(e.exported);
	e.first = dice(n_made - 1);
	e.n = 1 + dice(n_made - 1 - e.first < 3 ? n_made - 1 - e.first : 3);
	e.way = (enum way)dice(WAYS);
	e.anew = dice(2) != 0;
	const uint64_t last = made[n_made - 1].id;
	swallow(e.first, e.n, e.way, e.anew);
	seal(end, dice(2) == 0 ? last : made[n_made - 1].id, dice(2) == 0);
	return e;
}

static void
hidden_records_are_found(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		(void)make();
		check(seed);
	}
}

static void
a_log_without_hidden_records_has_none(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		memset(raw, 0, sizeof(raw));
		const uint32_t end = put_records(dice(2) == 0);
		seal(end, made[n_made - 1].id, dice(2) == 0);
		check(seed);
	}
}

/* Two records may hide in one: an inconsistency in one does not hide the other.
 */
static void
what_misses_one_thing_is_none(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned seed = 0; n < SEEDS; seed++) {
		const struct edit e = make();
		const enum miss miss = (enum miss)(1 + seed % (MISSES - 1U));
		/* The last record of an exported log has no time, and what
		 * is hidden in each other ends together. */
		if ((e.exported && miss == MISS_TIME_ZERO) ||
		    e.way == FROM_LAST)
			continue;
		n++;
		/* In an exported log each one vouches for the next. */
		const unsigned which = e.exported ? e.n : 1 + dice(e.n);
		spoil(&made[e.first + which], miss);
		check(seed);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_records_are_found),
		cmocka_unit_test(a_log_without_hidden_records_has_none),
		cmocka_unit_test(what_misses_one_thing_is_none),
	};

	return RUN(tests);
}
