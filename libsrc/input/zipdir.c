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

#define END "PK\005\006"
#define END64 "PK\006\006"
#define LOCATOR "PK\006\007"
#define HEADER "PK\001\002"
#define LOCAL_HEADER "PK\003\004"
#define SIGN_BYTES 4U

/* True if the archive has the signature at an offset. */
static bool
has_sign(int fd, uint64_t at, const char *sign)
{
	uint8_t bytes[SIGN_BYTES];
	const struct io_read in = { fd, at, bytes, sizeof(bytes), "a zip" };
	size_t got = 0;
	struct err e;

	err_clear(&e);
	return fd != -1 && io_pread(&in, &got, &e) == RC_OK &&
	       got == sizeof(bytes) && memcmp(bytes, sign, SIGN_BYTES) == 0;
}

/* The place of the central directory in the archive. */
struct place {
	uint64_t at;
	uint64_t bytes;
	/* Offset of the directory according to the end record. */
	uint64_t offset;
	bool short_count;
};

/* Find the last end record whose comment fits, and the zip64 end record, if its
 * locator precedes the end record. */
static bool
find_place(const struct zipdir_end *end, struct zipdir *d, struct place *place)
{
	const struct span s = end->bytes;
	size_t i = s.n < END_BYTES ? 0 : s.n - END_BYTES + 1;

	while (
	    i > 0 && (memcmp(s.p + i - 1, END, SIGN_BYTES) != 0 ||
			 le_u16(s.p + i - 1 + 20) > s.n - (i - 1) - END_BYTES))
		i--;
	if (i-- == 0)
		return false;
	const uint8_t *p = s.p + i;
	place->short_count =
	    i < LOCATOR_BYTES + END64_BYTES ||
	    memcmp(p - LOCATOR_BYTES, LOCATOR, SIGN_BYTES) != 0 ||
	    memcmp(p - LOCATOR_BYTES - END64_BYTES, END64, SIGN_BYTES) != 0;
	if (place->short_count) {
		d->total = le_u16(p + 10);
		place->bytes = le_u32(p + 12);
		place->offset = le_u32(p + 16);
	} else {
		p -= LOCATOR_BYTES + END64_BYTES;
		d->total = le_u64(p + 32);
		place->bytes = le_u64(p + 40);
		place->offset = le_u64(p + 48);
	}
	const uint64_t behind = end->at + (uint64_t)(p - s.p);
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
		return err_sys(e, RC_SKIP, "stat %s", name);
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

	return find_place(end, &d, &place) &&
	       has_sign(end->fd, place.at, HEADER);
}

/* Read one header of the directory; returns its length, or 0. Its name is moved
 * over the header's bytes, so that there is room for a NUL. */
static size_t
read_entry(uint8_t *p, size_t left, struct zipdir_entry *entry)
{
	if (left < HEADER_BYTES || memcmp(p, HEADER, SIGN_BYTES) != 0)
		return 0;
	const size_t name = le_u16(p + 28);
	struct span extra = { p + HEADER_BYTES + name, le_u16(p + 30) };
	const size_t all = HEADER_BYTES + name + extra.n + le_u16(p + 32);
	if (all > left)
		return 0;
	/* In a zip64 extra field the offset follows the sizes that are too
	 * large for the header. */
	const size_t skip = (le_u32(p + 24) == UINT32_MAX ? 8U : 0U) +
			    (le_u32(p + 20) == UINT32_MAX ? 8U : 0U);
	entry->offset = le_u32(p + 42);
	while (entry->offset == UINT32_MAX && extra.n >= 4) {
		const size_t n = le_u16(extra.p + 2);
		if (n > extra.n - 4)
			break;
		if (le_u16(extra.p) == EXTRA_ZIP64 && n >= skip + 8) {
			entry->offset = le_u64(extra.p + 4 + skip);
			break;
		}
		extra = span_of(extra.p + 4 + n, extra.n - 4 - n);
	}
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

/* Read the entries from d->bytes, and correct their offsets: all of them are
 * too low if data was put before the archive, unless only the offset of the
 * directory is wrong. */
static enum rc
read_list(struct zipdir *d, const struct zipdir_end *end,
    const struct place *place, struct err *e)
{
	const uint64_t by =
	    place->at > place->offset ? place->at - place->offset : 0;
	uint8_t *p = d->bytes;
	size_t left = (size_t)place->bytes;
	size_t moved = 0;
	size_t as_said = 0;

	d->entries = calloc(left / HEADER_BYTES + 1, sizeof(*d->entries));
	if (d->entries == NULL)
		return err_nomem(e);
	for (size_t n; (n = read_entry(p, left, &d->entries[d->n])) != 0;
	     d->n++) {
		p += n;
		left -= n;
	}
	d->found = true;
	if (d->n != 0)
		qsort(d->entries, d->n, sizeof(*d->entries), by_offset);
	for (size_t i = 0; i < d->n && i < 4; i++) {
		const uint64_t at = d->entries[i].offset;
		moved += has_sign(end->fd, at + by, LOCAL_HEADER);
		as_said += has_sign(end->fd, at, LOCAL_HEADER);
	}
	for (size_t i = 0; i < d->n && moved >= as_said; i++)
		d->entries[i].offset += by;
	const uint64_t first = d->n == 0 ? UINT64_MAX : d->entries[0].offset;
	d->first_header = d->n != 0 && has_sign(end->fd, first, LOCAL_HEADER);
	/* Writers without zip64 count from 0 again after 65,535 members. There
	 * may also be members before the first one of the directory. */
	d->whole = (d->n == d->total || (place->short_count &&
					    (d->n & UINT16_MAX) == d->total)) &&
		   (first == 0 || !has_sign(end->fd, 0, LOCAL_HEADER));
	return RC_OK;
}

enum rc
zipdir_read(struct zipdir *d, const struct zipdir_end *end, struct err *e)
{
	struct place place;
	struct err why;

	*d = (struct zipdir){ .entries = NULL };
	if (!find_place(end, d, &place))
		return RC_END;
	if (place.bytes > ZIPDIR_LIST_MAX)
		return RC_OK;
	size_t n = (size_t)place.bytes;
	d->bytes = malloc(n + 1);
	if (d->bytes == NULL)
		return err_nomem(e);
	const struct io_read in = { end->fd, place.at, d->bytes, n, "a zip" };
	if (place.at >= end->at) {
		memcpy(d->bytes, end->bytes.p + (place.at - end->at), n);
	} else if (end->fd == -1) {
		return RC_OK;
	} else if (io_pread(&in, &n, &why) != RC_OK) {
		*e = why;
		e->rc = RC_SKIP;
		return RC_SKIP;
	}
	return n == place.bytes ? read_list(d, end, &place, e) : RC_OK;
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
