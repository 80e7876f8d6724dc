/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "input/zipdir.h"
#include "util/io.h"
#include "util/le.h"

#define END_BYTES 22U
#define END64_BYTES 56U
#define LOCATOR_BYTES 20U
#define HEADER_BYTES 46U
#define EXTRA_ZIP64 1U

static bool
is_sign(const uint8_t *p, uint8_t a, uint8_t b)
{
	return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

/* Where the central directory is in the archive. */
struct place {
	uint64_t at;
	uint64_t bytes;
	uint64_t offset; /* the offset that the archive states for it */
	bool short_count;
};

/* Offset of the end record in the bytes; s.n: there is none. */
static size_t
find_end(struct span s)
{
	for (size_t i = s.n < END_BYTES ? 0 : s.n - END_BYTES + 1; i > 0; i--) {
		const uint8_t *const p = s.p + i - 1;
		if (is_sign(p, 5, 6) &&
		    le_u16(p + 20) <= s.n - (i - 1) - END_BYTES)
			return i - 1;
	}
	return s.n;
}

/* The zip64 end record, which precedes the locator before the end record; NULL:
 * there is none. */
static const uint8_t *
find_end64(struct span s, size_t end)
{
	if (end < LOCATOR_BYTES + END64_BYTES ||
	    !is_sign(s.p + end - LOCATOR_BYTES, 6, 7))
		return NULL;
	const uint8_t *const p = s.p + end - LOCATOR_BYTES - END64_BYTES;
	return is_sign(p, 6, 6) ? p : NULL;
}

static bool
find_place(const struct zipdir_end *end, struct zipdir *d, struct place *place)
{
	const size_t i = find_end(end->bytes);

	if (i == end->bytes.n)
		return false;
	const uint8_t *const p = end->bytes.p + i;
	const uint8_t *const p64 = find_end64(end->bytes, i);
	uint64_t behind = end->at + i;
	place->short_count = p64 == NULL;
	if (p64 == NULL) {
		d->total = le_u16(p + 10);
		place->bytes = le_u32(p + 12);
		place->offset = le_u32(p + 16);
	} else {
		behind = end->at + (uint64_t)(p64 - end->bytes.p);
		d->total = le_u64(p64 + 32);
		place->bytes = le_u64(p64 + 40);
		place->offset = le_u64(p64 + 48);
	}
	place->at = behind - place->bytes;
	return place->bytes <= behind;
}

enum rc
zipdir_end_of(int fd, const char *name, uint8_t *room, struct zipdir_end *end,
    struct err *e)
{
	struct io_read in = { fd, 0, room, ZIPDIR_END_BYTES, name };
	struct stat st;
	size_t got = 0;

	if (fstat(fd, &st) == -1)
		return err_sys(e, RC_SKIP, "look at %s", name);
	if ((uint64_t)st.st_size > ZIPDIR_END_BYTES)
		in.off = (uint64_t)st.st_size - ZIPDIR_END_BYTES;
	const enum rc rc = io_pread(&in, &got, e);
	*end = (struct zipdir_end){ span_of(room, got), in.off, fd };
	return rc;
}

bool
zipdir_is_there(const struct zipdir_end *end)
{
	struct zipdir d = { .entries = NULL };
	struct place place;
	uint8_t sign[4];
	size_t got = 0;
	struct err e;

	err_clear(&e);
	if (!find_place(end, &d, &place))
		return false;
	const struct io_read in = { end->fd, place.at, sign, sizeof(sign), "" };
	return io_pread(&in, &got, &e) == RC_OK && got == sizeof(sign) &&
	       is_sign(sign, 1, 2);
}

static enum rc
copy_list(const struct zipdir_end *end, const struct place *place,
    struct zipdir *d, struct err *e)
{
	const size_t n = (size_t)place->bytes;
	struct io_read in = { end->fd, place->at, NULL, n, "a zip" };
	size_t got = n;
	struct err why;

	d->bytes = malloc(n + 1);
	if (d->bytes == NULL)
		return err_nomem(e);
	in.p = d->bytes;
	err_clear(&why);
	if (place->at >= end->at)
		memcpy(d->bytes, end->bytes.p + (place->at - end->at), n);
	else if (end->fd == -1)
		return RC_END;
	else if (io_pread(&in, &got, &why) != RC_OK) {
		*e = why;
		e->rc = RC_SKIP;
		return RC_SKIP;
	}
	return got == n ? RC_OK : RC_END;
}

/* The offset of a member. In a zip64 extra field it follows the sizes that are
 * too large for the header. */
static uint64_t
offset_of(const uint8_t *header, struct span extra)
{
	const uint64_t offset = le_u32(header + 42);
	const size_t skip = (le_u32(header + 24) == UINT32_MAX ? 8U : 0U) +
			    (le_u32(header + 20) == UINT32_MAX ? 8U : 0U);

	while (offset == UINT32_MAX && extra.n >= 4) {
		const size_t n = le_u16(extra.p + 2);
		if (n > extra.n - 4)
			break;
		if (le_u16(extra.p) == EXTRA_ZIP64 && n >= skip + 8)
			return le_u64(extra.p + 4 + skip);
		extra = span_of(extra.p + 4 + n, extra.n - 4 - n);
	}
	return offset;
}

/* Read one header of the directory; returns its length, or 0. Its name is moved
 * over the header's bytes, so that there is room for a NUL. */
static size_t
read_entry(uint8_t *p, size_t left, struct zipdir_entry *entry)
{
	if (left < HEADER_BYTES || !is_sign(p, 1, 2))
		return 0;
	const size_t name = le_u16(p + 28);
	const size_t extra = le_u16(p + 30);
	const size_t all = HEADER_BYTES + name + extra + le_u16(p + 32);
	if (all > left)
		return 0;
	entry->offset = offset_of(p, span_of(p + HEADER_BYTES + name, extra));
	memmove(p, p + HEADER_BYTES, name);
	p[name] = '\0';
	entry->name = (const char *)p;
	entry->given = false;
	return all;
}

static int
by_offset(const void *a, const void *b)
{
	const struct zipdir_entry *const x = a;
	const struct zipdir_entry *const y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* True if a member's local header is at the offset. */
static bool
is_header(int fd, uint64_t at)
{
	uint8_t sign[4];
	const struct io_read in = { fd, at, sign, sizeof(sign), "a zip" };
	size_t got = 0;
	struct err e;

	err_clear(&e);
	return fd != -1 && io_pread(&in, &got, &e) == RC_OK &&
	       got == sizeof(sign) && is_sign(sign, 3, 4);
}

/* Correct the offsets: data put before an archive moves all of them; or the
 * directory's own offset is wrong. */
static void
move(struct zipdir *d, const struct zipdir_end *end, const struct place *place)
{
	const uint64_t by =
	    place->at > place->offset ? place->at - place->offset : 0;
	size_t moved = 0;
	size_t as_said = 0;

	for (size_t i = 0; i < d->n && i < 4; i++) {
		moved += is_header(end->fd, d->entries[i].offset + by);
		as_said += is_header(end->fd, d->entries[i].offset);
	}
	for (size_t i = 0; i < d->n && moved >= as_said; i++)
		d->entries[i].offset += by;
	d->first_header = d->n != 0 && is_header(end->fd, d->entries[0].offset);
	/* There are members before the first one of the directory. */
	if ((d->n == 0 || d->entries[0].offset != 0) && is_header(end->fd, 0))
		d->whole = false;
}

static enum rc
read_list(struct zipdir *d, const struct zipdir_end *end,
    const struct place *place, struct err *e)
{
	const size_t room = (size_t)place->bytes / HEADER_BYTES + 1;
	uint8_t *p = d->bytes;
	size_t left = (size_t)place->bytes;
	size_t n = 1;

	d->entries = calloc(room, sizeof(*d->entries));
	if (d->entries == NULL)
		return err_nomem(e);
	while (n != 0) {
		n = read_entry(p, left, &d->entries[d->n]);
		d->n += n != 0 ? 1 : 0;
		p += n;
		left -= n;
	}
	/* Writers without zip64 start again at 0 after 65,535. */
	d->whole = d->n == d->total ||
		   (place->short_count && (d->n & UINT16_MAX) == d->total);
	d->found = true;
	if (d->n != 0)
		qsort(d->entries, d->n, sizeof(*d->entries), by_offset);
	move(d, end, place);
	return RC_OK;
}

enum rc
zipdir_read(struct zipdir *d, const struct zipdir_end *end, struct err *e)
{
	struct place place;

	*d = (struct zipdir){ .entries = NULL };
	if (!find_place(end, d, &place))
		return RC_END;
	if (place.bytes > ZIPDIR_LIST_MAX)
		return RC_OK;
	const enum rc rc = copy_list(end, &place, d, e);
	if (rc != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	return read_list(d, end, &place, e);
}

void
zipdir_free(struct zipdir *d)
{
	free(d->entries);
	free(d->bytes);
	*d = (struct zipdir){ .entries = NULL };
}

size_t
zipdir_from(const struct zipdir *d, uint64_t offset)
{
	size_t from = 0;
	size_t to = d->n;

	while (from < to) {
		const size_t at = from + (to - from) / 2;
		if (d->entries[at].offset < offset)
			from = at + 1;
		else
			to = at;
	}
	return from;
}
