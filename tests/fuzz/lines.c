/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/recorder.h"
#include "evtx/decoder_native.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/lines.h"
#include "util/crc.h"

#define AT_FREE 48U
#define AT_DATA_CRC 52U
#define AT_FLAGS 120U
#define AT_HEADER_CRC 124U
#define TEXT_MAX ((size_t)64 << 20)
#define CHUNKS_BEFORE_FRESH 500U /* so that a finding is found again */

static void
put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t
get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static void
put_frames(uint8_t *chunk, uint32_t used)
{
	uint32_t at = CHUNK_HEADER;

	while (used - at >= CHUNK_RECORD_MIN) {
		uint32_t size = get32(chunk + at + 4);
		if (size < CHUNK_RECORD_MIN || size > used - at)
			size = used - at;
		put32(chunk + at, 0x00002a2a);
		put32(chunk + at + 4, size);
		put32(chunk + at + size - 4, size);
		at += size;
	}
}

void
lines_seal(uint8_t chunk[CHUNK_BYTES], size_t used, bool frames)
{
	if (used < CHUNK_HEADER)
		used = CHUNK_HEADER;
	const uint32_t n = used > CHUNK_BYTES ? CHUNK_BYTES : (uint32_t)used;

	memcpy(chunk, "ElfChnk", 8);
	put32(chunk + AT_FREE, n);
	put32(chunk + AT_FLAGS, 0);
	if (frames)
		put_frames(chunk, n);
	put32(chunk + AT_DATA_CRC,
	    crc_add(0, span_of(chunk + CHUNK_HEADER, n - CHUNK_HEADER)));
	put32(chunk + AT_HEADER_CRC,
	    crc_add(crc_add(0, span_of(chunk, AT_FLAGS)),
		span_of(chunk + 128, CHUNK_HEADER - 128)));
}

/* A decoder and what makes lines, one for each schema. */
struct bench {
	struct decoder *decoder;
	struct recorder *recorder;
	struct template_catalog *catalog;
	struct lines out;
};

static void
open_bench(struct bench *b, const struct schema *schema)
{
	static struct select any = { .set = { .any = true }, .to = UINT64_MAX };
	const struct recorder_options o = { .schema = schema, .select = &any };
	struct err e;

	FUZZ_NEED(template_catalog_create(&b->catalog, &e) == RC_OK);
	const struct decoder_options d = { .drop = recorder_drop,
		.catalog = b->catalog };
	FUZZ_NEED(decoder_native.create(&b->decoder, &d, &e) == RC_OK);
	FUZZ_NEED(recorder_create(&b->recorder, &o, &e) == RC_OK);
	lines_init(&b->out, TEXT_MAX);
}

static void
close_bench(struct bench *b)
{
	decoder_native.destroy(b->decoder);
	recorder_destroy(b->recorder);
	template_catalog_destroy(b->catalog);
	lines_free(&b->out);
}

/* Records may come in any number that is possible. */
static void
read_records(struct bench *b, const struct chunk *c)
{
	unsigned steps = 0;
	struct record r;
	struct err e;

	for (;;) {
		err_clear(&e);
		enum rc rc = decoder_native.next(b->decoder, &r, &e);
		if (rc == RC_END) {
			FUZZ_NEED(
			    recorder_settle(b->recorder, &b->out, &e) == RC_OK);
			return;
		}
		FUZZ_NEED(++steps <= 2 * CHUNK_BYTES / CHUNK_RECORD_MIN + 2);
		FUZZ_NEED(r.header.offset <= CHUNK_BYTES);
		FUZZ_NEED(r.header.size <= CHUNK_BYTES - r.header.offset);
		if (rc == RC_OK)
			rc = recorder_add(b->recorder, &r, &b->out, &e);
		FUZZ_NEED(rc == RC_OK || rc == RC_SKIP);
		FUZZ_NEED(rc == RC_OK || e.text[0] != '\0');
	}
	(void)c;
}

static void
read_chunk(struct bench *b, const struct chunk *c)
{
	struct err e;

	lines_clear(&b->out);
	lines_limit(&b->out, 64 * (size_t)CHUNK_BYTES);
	const enum rc rc = decoder_native.start(b->decoder, c, &e);
	FUZZ_NEED(rc == RC_OK || rc == RC_SKIP);
	if (rc == RC_OK)
		read_records(b, c);
	lines_patch(&b->out, 0);
	fuzz_need_lines(buf_span(&b->out.text));
}

/* The same lines with and without what was learned before. */
static void
read_twice(struct bench *b, const struct chunk *c)
{
	read_chunk(b, c);
	const size_t n = b->out.text.n;
	uint8_t *const first = malloc(n == 0 ? 1 : n);
	FUZZ_NEED(first != NULL);
	if (n != 0)
		memcpy(first, b->out.text.p, n);
	read_chunk(b, c);
	FUZZ_NEED(span_eq(span_of(first, n), buf_span(&b->out.text)));
	free(first);
}

static void
read_one_late(struct bench *b, const struct decoder_deferred *l)
{
	struct record r;
	struct err e;

	err_clear(&e);
	enum rc rc = decoder_native.read_deferred(b->decoder, l, &r, &e);
	if (rc == RC_OK)
		rc = recorder_add(b->recorder, &r, &b->out, &e);
	if (rc == RC_OK)
		rc = recorder_settle(b->recorder, &b->out, &e);
	FUZZ_NEED(rc == RC_OK || rc == RC_SKIP);
	FUZZ_NEED(rc == RC_OK || e.text[0] != '\0');
}

/* Read the records of the used area as deferred ones, and carved records
 * anywhere. */
static void
read_late(struct bench *b, const struct chunk *c)
{
	struct decoder_deferred l = { .catalog = b->catalog };
	struct chunk_record h;
	struct err e;

	lines_clear(&b->out);
	lines_limit(&b->out, 64 * (size_t)CHUNK_BYTES);
	if (decoder_native.start(b->decoder, c, &e) != RC_OK)
		return;
	decoder_native.scan_templates(b->decoder, CHUNK_HEADER, CHUNK_BYTES);
	for (l.offset = CHUNK_HEADER; chunk_record_at(c, l.offset, &h);
	     l.offset += h.size)
		read_one_late(b, &l);
	l.carved = true;
	for (uint32_t from = CHUNK_HEADER;
	     chunk_find_carved(c, from, CHUNK_BYTES, &h);
	     from = h.offset + h.size) {
		l.offset = h.offset;
		read_one_late(b, &l);
	}
	lines_patch(&b->out, 0);
	fuzz_need_lines(buf_span(&b->out.text));
}

void
lines_check(const uint8_t chunk[CHUNK_BYTES])
{
	static struct bench raw;
	static struct bench rows;
	static unsigned n;
	struct chunk c;

	if (n % CHUNKS_BEFORE_FRESH == 0) {
		if (n != 0) {
			close_bench(&raw);
			close_bench(&rows);
		}
		open_bench(&raw, &schema_raw);
		open_bench(&rows, &schema_securityevent);
	}
	n++;
	if (!chunk_read(&c, span_of(chunk, CHUNK_BYTES)))
		return;
	read_twice(&raw, &c);
	read_twice(&rows, &c);
	read_late(&raw, &c);
}
