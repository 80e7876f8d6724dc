/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of members at the end of a zip, its central directory. A reader that
 * goes from member to member skips members whose local header is damaged, and
 * uses the names in local headers; the directory says which members there
 * should be.
 *
 * Format: PKWARE's APPNOTE 4.3.12 (headers), 4.3.16 (end), 4.3.14 and 4.5.3
 * (zip64).
 */
#ifndef INPUT_ZIPDIR_H
#define INPUT_ZIPDIR_H

#include "util/err.h"
#include "util/span.h"

/* The last bytes of a zip that contain the end record: it and a comment of at
 * most 64 KiB. */
#define ZIPDIR_END_BYTES ((size_t)66 << 10)

/* Longer directories are not read; only their number of members is. */
#define ZIPDIR_LIST_MAX ((size_t)64 << 20)

struct zipdir_entry {
	uint64_t offset; /* of the local header */
	const char *name;
	bool given; /* used by the caller */
};

struct zipdir {
	struct zipdir_entry *entries; /* sorted by offset */
	size_t n;
	uint64_t total;    /* number of members according to the end record */
	bool found;        /* the directory was read, */
	bool whole;        /* and `entries` has all its members */
	bool first_header; /* the first local header is at its offset */
	uint8_t *bytes;    /* owned; contains the names */
};

/* The end of the archive. */
struct zipdir_end {
	struct span bytes; /* the last bytes: ZIPDIR_END_BYTES, more, or all */
	uint64_t at;       /* offset of the first of them in the archive */
	int fd;            /* the archive; -1: only these bytes are available */
};

/* Read the end of a file into `room`, of ZIPDIR_END_BYTES. RC_SKIP if it cannot
 * be read. zipdir_is_there() is true if it has an end record: then it is a zip,
 * whatever its beginning is. */
enum rc zipdir_end_of(int fd, const char *name, uint8_t *room,
    struct zipdir_end *end, struct err *e);
bool zipdir_is_there(const struct zipdir_end *end);

/* Read the directory. RC_END if there is none, or it cannot be found; RC_FATAL
 * without memory. Free it in any case. */
enum rc zipdir_read(
    struct zipdir *d, const struct zipdir_end *end, struct err *e);
void zipdir_free(struct zipdir *d);

/* Index of the first entry at an offset or after it; n: there is none. */
size_t zipdir_from(const struct zipdir *d, uint64_t offset);

#endif
