/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of members at the end of a zip, its central directory. A reader that
 * goes from member to member skips members whose local header is damaged, and
 * uses the names in local headers; the directory lists the members that should
 * exist.
 *
 * Format: PKWARE's APPNOTE 4.3.12 (headers), 4.3.16 (end), 4.3.14 and 4.5.3
 * (zip64).
 */
#ifndef INPUT_ZIPDIR_H
#define INPUT_ZIPDIR_H

#include "util/err.h"
#include "util/span.h"

/* Number of bytes at the end of a zip that contain the end record, which is
 * followed by a comment of at most 64 KiB. */
#define ZIPDIR_END_BYTES ((size_t)66 << 10)

/* Maximum size of a directory in bytes. Of a larger one, only the number of
 * members is read. */
#define ZIPDIR_LIST_MAX ((size_t)64 << 20)

struct zipdir_entry {
	uint64_t offset; /* offset of the member's local header */
	const char *name;
	bool given; /* set by the caller when the member was read */
};

struct zipdir {
	/* Entries of the directory, sorted by offset. */
	struct zipdir_entry *entries;
	size_t n;
	uint64_t total; /* number of members according to the end record */
	bool found;     /* the directory was read */
	bool whole;     /* `entries` has all members of the zip */
	/* There is a local header at the first entry's offset. */
	bool first_header;
	/* Bytes of the directory, which contain the names; owned. */
	uint8_t *bytes;
};

/* The last bytes of an archive. */
struct zipdir_end {
	/* Last bytes: at least ZIPDIR_END_BYTES, or the whole archive. */
	struct span bytes;
	uint64_t at; /* offset of `bytes` in the archive */
	int fd; /* descriptor of the archive; -1: only `bytes` is available */
};

/* Read the end of a file into `room`, which has ZIPDIR_END_BYTES. RC_SKIP if it
 * cannot be read. zipdir_is_there() is true if the file ends like a zip,
 * whatever its first bytes are. */
enum rc zipdir_end_of(int fd, const char *name, uint8_t *room,
    struct zipdir_end *end, struct err *e);
bool zipdir_is_there(const struct zipdir_end *end);

/* Read the directory. RC_END if there is none, or it cannot be found; RC_SKIP
 * if the file cannot be read; RC_FATAL if memory is exhausted. The caller frees
 * it in any case. */
enum rc zipdir_read(
    struct zipdir *d, const struct zipdir_end *end, struct err *e);
void zipdir_free(struct zipdir *d);

/* Returns the index of the first entry at the offset or after it; d->n if there
 * is none. */
size_t zipdir_from(const struct zipdir *d, uint64_t offset);

#endif
