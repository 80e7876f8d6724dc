/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fragment of Binary XML with its template, in a chunk made around them: two
 * bytes with the length of the definition's content, the content, then what
 * follows it in the record: the number of values, their sizes and types, the
 * values. A second record takes the same template by reference.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/lines.h"

#define RECORD_HEADER 24U
#define DEFINITION_HEADER 24U
#define PARTS_MAX 20000U

struct maker {
	uint8_t chunk[CHUNK_BYTES];
	size_t at;
};

static void
put(struct maker *m, const void *p, size_t n)
{
	FUZZ_NEED(n <= sizeof(m->chunk) - m->at);
	if (n != 0)
		memcpy(m->chunk + m->at, p, n);
	m->at += n;
}

static void
put32(struct maker *m, size_t v)
{
	const uint8_t bytes[4] = { (uint8_t)v, (uint8_t)(v >> 8),
		(uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	put(m, bytes, sizeof(bytes));
}

static void
start_record(struct maker *m, size_t body)
{
	put(m, "**\0", 4);
	put32(m, RECORD_HEADER + body + 4);
	put(m, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	put(m, "\x0f\1\1\0\x0c\1fuzz", 10);
}

static void
make(struct maker *m, struct span content, struct span values)
{
	const size_t head = 10 + 4; /* of the body, up to the offset's end */

	memset(m, 0, sizeof(*m));
	m->at = CHUNK_HEADER;
	start_record(m, head + DEFINITION_HEADER + content.n + values.n);
	const size_t definition = m->at + 4;
	put32(m, definition);
	put32(m, 0);
	put(m, "fuzzfuzzfuzzfuzz", 16);
	put32(m, content.n);
	put(m, content.p, content.n);
	put(m, values.p, values.n);
	put32(m, RECORD_HEADER + head + DEFINITION_HEADER + content.n +
		     values.n + 4);
	start_record(m, head + values.n);
	put32(m, definition);
	put(m, values.p, values.n);
	put32(m, RECORD_HEADER + head + values.n + 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct maker m;

	if (size < 2)
		return 0;
	size_t n = data[0] | (size_t)data[1] << 8;
	size_t rest = size - 2;
	n = n < rest ? n : rest;
	rest -= n;
	if (n > PARTS_MAX || rest > PARTS_MAX)
		return 0;
	make(&m, span_of(data + 2, n), span_of(data + 2 + n, rest));
	lines_seal(m.chunk, m.at, false);
	lines_check(m.chunk);
	return 0;
}
