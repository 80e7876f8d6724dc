/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of members at the end of a zip, its central directory. A reader that
 * goes from member to member passes those whose own header is damaged, and
 * takes their names from there; the list tells what should have come.
 *
 * Format: PKWARE's APPNOTE 4.3.12 (headers), 4.3.16 (end), 4.3.14 and 4.5.3
 * (zip64).
 */
#ifndef INPUT_ZIPDIR_H
#define INPUT_ZIPDIR_H

#include "util/err.h"
#include "util/span.h"

/* So many bytes before the end of a zip have the end of the list, but for a
 * comment of more than 64 KB, which there is not. */
#define ZIPDIR_END_BYTES ((size_t)66 << 10)

/* Longer lists are not read, but for how many members they have. */
#define ZIPDIR_LIST_MAX ((size_t)64 << 20)

struct zipdir_entry {
	uint64_t offset; /* of the member's own header in the archive */
	const char *name;
	bool given; /* for the caller */
};

struct zipdir {
	struct zipdir_entry *entries; /* by their offsets */
	size_t n;
	uint64_t total;    /* how many there should be */
	bool found;        /* the list was read, */
	bool whole;        /* and these are all of them */
	bool first_header; /* the first has its own header where it should */
	uint8_t *bytes;    /* what the names stand in */
};

/* Where the end of the archive is. */
struct zipdir_end {
	struct span
	    bytes;   /* the last ones: ZIPDIR_END_BYTES, or more, or all */
	uint64_t at; /* the offset of the first of them */
	int fd;      /* the archive, or -1: there are only these bytes */
};

/* The end of a file, and whether a list stands there: it is a zip then,
 * whatever it begins with. `room` has ZIPDIR_END_BYTES. RC_SKIP: it cannot be
 * read. */
enum rc zipdir_end_of(int fd, const char *name, uint8_t *room,
    struct zipdir_end *end, struct err *e);
bool zipdir_is_there(const struct zipdir_end *end);

/* RC_END: there is no list, or none that can be found. RC_FATAL without memory.
 * To be freed in any case. */
enum rc zipdir_read(
    struct zipdir *d, const struct zipdir_end *end, struct err *e);
void zipdir_free(struct zipdir *d);

/* The first entry that is not before an offset, or n. */
size_t zipdir_from(const struct zipdir *d, uint64_t offset);

#endif
