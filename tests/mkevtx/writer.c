/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chunk.h"
#include "expect.h"
#include "writer.h"

#define FILE_HEADER 4096U

/* Windows was never seen to use the last 8 bytes of a chunk, and libevtx loses
 * a record that ends there. */
#define FULL (PAGE_SIZE - 8)

struct writer {
	struct writer_options o;
	int fd;
	struct chunk chunk;
	struct system *system;
	struct crc crc;
	struct expect *expect;
	uint64_t chunks; /* finished ones */
	uint64_t gap;    /* bytes of garbage so far */
	uint64_t number; /* of the next record */
	uint64_t next_record;
	uint64_t next_id;   /* for the file header */
	uint32_t last_used; /* of the chunk finished last */
	uint64_t last_at;
};

static void
put_at(const struct writer *w, uint64_t at, const uint8_t *p, size_t n)
{
	while (n > 0) {
		const ssize_t done = pwrite(w->fd, p, n, (off_t)at);

		if (done <= 0)
			buf_die(1, "write %s: %s", w->o.path, strerror(errno));
		p += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
}

static void
begin_chunk(struct writer *w)
{
	chunk_begin(&w->chunk, w->o.limit == 0 ? FULL : w->o.limit, w->number,
	    w->o.headless);
}

struct writer *
writer_create(const struct writer_options *o)
{
	struct writer *const w = calloc(1, sizeof(*w));

	if (w == NULL)
		buf_die(1, "out of memory");
	w->o = *o;
	w->fd = open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd == -1)
		buf_die(1, "create %s: %s", o->path, strerror(errno));
	crc_init(&w->crc);
	w->system = system_create();
	w->number = 1;
	w->next_record = o->first_record;
	if (o->expect != NULL)
		w->expect =
		    expect_create(o->expect, (o->odd & WRITER_WRAPPED) != 0);
	begin_chunk(w);
	return w;
}

uint64_t
writer_next_record(const struct writer *w)
{
	return w->next_record;
}

uint64_t
writer_size(const struct writer *w)
{
	return FILE_HEADER + w->gap +
	       (w->chunks + (w->chunk.numbers > 0 ? 1 : 0)) *
		   (uint64_t)PAGE_SIZE;
}

static void
add_garbage(struct writer *w)
{
	uint8_t junk[PAGE_SIZE];
	const size_t n =
	    (w->o.odd & WRITER_GARBAGE_ODD) != 0 ? 12345 : PAGE_SIZE;

	for (size_t i = 0; i < n; i++)
		junk[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
	put_at(w, FILE_HEADER + PAGE_SIZE, junk, n);
	w->gap = n;
}

/* The chunk odds meet the first chunk, only the bad magic the second. */
static unsigned
chunk_odds(const struct writer *w)
{
	const unsigned later = CHUNK_BAD_MAGIC | CHUNK_SLACK | CHUNK_NO_CRC;
	const unsigned odd = w->o.chunk_odd;
	unsigned mine =
	    w->chunks == 0 ? odd & ~(unsigned)CHUNK_BAD_MAGIC : odd & later;

	if (w->chunks > 1)
		mine &= ~(unsigned)CHUNK_BAD_MAGIC;
	return mine;
}

static void
flush(struct writer *w, bool last)
{
	const bool wrapped = (w->o.odd & WRITER_WRAPPED) != 0;
	const uint64_t slot = !wrapped ? w->chunks : last ? 0 : w->chunks + 1;
	const uint64_t at = FILE_HEADER + w->gap + slot * PAGE_SIZE;

	chunk_finish(&w->chunk, &w->crc, chunk_odds(w));
	put_at(w, at, w->chunk.page.b, PAGE_SIZE);
	w->last_used = w->chunk.page.pos;
	w->last_at = at;
	if (w->expect != NULL)
		expect_chunk(w->expect,
		    &(struct expect_place){ .page = w->chunk.page.b,
			.at = at,
			.index = slot,
			.last = last,
			.end = last && (w->o.odd & WRITER_TRUNCATED) != 0
				   ? w->last_used / 2
				   : PAGE_SIZE });
	w->chunks++;
	if (w->chunks == 1 && !last &&
	    (w->o.odd & (WRITER_GARBAGE | WRITER_GARBAGE_ODD)) != 0)
		add_garbage(w);
}

void
writer_add(struct writer *w, const struct event *e)
{
	const uint64_t id = w->o.exported ? w->number : e->record;
	struct chunk_place place;

	/* Exported: a record's header holds the time of the one after it. */
	if (w->o.exported && w->chunk.numbers > 0)
		chunk_retime(&w->chunk, e->time);
	if (!chunk_add(&w->chunk, w->system, e, id, &place)) {
		if (w->chunk.numbers > 0) {
			flush(w, false);
			begin_chunk(w);
		}
		if (!chunk_add(&w->chunk, w->system, e, id, &place))
			buf_die(2, "event %u does not fit into a chunk", e->id);
	}
	if (w->expect != NULL)
		expect_event(w->expect, e, place.offset, place.size);
	w->number++;
	w->next_record = e->record + 1;
	w->next_id = id + 1;
}

static void
put_header(struct writer *w)
{
	static const struct crc_field {
		uint8_t at;
		uint8_t n;
	} f[] = { { 8, 8 }, { 16, 8 }, { 24, 8 }, { 32, 4 }, { 36, 2 },
		{ 38, 2 }, { 40, 2 }, { 42, 2 }, { 120, 4 } };
	const unsigned odd = w->o.odd;
	uint8_t h[FILE_HEADER] = "ElfFile";
	uint64_t chunks = w->chunks + (w->gap == PAGE_SIZE ? 1 : 0);
	uint64_t first = 0;
	uint64_t last = chunks == 0 ? 0 : chunks - 1;
	uint64_t next = w->next_id;
	uint32_t flags = (odd & WRITER_NO_CRC) != 0 ? 4 : 0;

	if ((odd & WRITER_WRAPPED) != 0 && chunks > 1) {
		first = 1;
		last = 0;
	}
	if ((odd & WRITER_DIRTY) != 0) {
		chunks /= 2;
		last = chunks == 0 ? 0 : chunks - 1;
		next = next / 2 + 1;
		flags |= 1;
	}
	const uint64_t v[] = { first, last, next, 128,
		(odd & WRITER_VERSION_2) != 0 ? 2 : 1, 3, FILE_HEADER,
		chunks & 0xffff, flags };
	for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		for (size_t k = 0; k < f[i].n; k++)
			h[f[i].at + k] = (uint8_t)(v[i] >> (8 * k));
	uint32_t crc = crc_update(&w->crc, 0, h, 120);
	if ((odd & (WRITER_BAD_CRC | WRITER_NO_CRC)) != 0)
		crc = ~crc;
	for (size_t k = 0; k < 4; k++)
		h[124 + k] = (uint8_t)(crc >> (8 * k));
	if ((odd & WRITER_ZERO_HEADER) != 0)
		memset(h, 0, sizeof(h));
	put_at(w, 0, h, sizeof(h));
}

static void
shape_end(struct writer *w)
{
	static const uint8_t zeros[1000] = { 0 };
	const uint64_t end = writer_size(w);

	if ((w->o.odd & WRITER_RAGGED) != 0)
		put_at(w, end, zeros, sizeof(zeros));
	if ((w->o.odd & WRITER_TRUNCATED) != 0 && w->chunks > 0 &&
	    ftruncate(w->fd, (off_t)(w->last_at + w->last_used / 2)) == -1)
		buf_die(1, "truncate %s: %s", w->o.path, strerror(errno));
}

void
writer_close(struct writer *w)
{
	if (w->chunk.numbers > 0) {
		if (w->o.exported)
			chunk_retime(&w->chunk, 0);
		flush(w, true);
		w->chunk.numbers = 0;
	}
	if ((w->o.odd & WRITER_WRAPPED) != 0 && w->chunks < 2)
		buf_die(2, "wrapped: needs two chunks, so more events");
	put_header(w);
	shape_end(w);
	if (close(w->fd) == -1)
		buf_die(1, "close %s: %s", w->o.path, strerror(errno));
	expect_close(w->expect);
	system_destroy(w->system);
	buf_free(&w->chunk.outer.bytes);
	free(w);
}
