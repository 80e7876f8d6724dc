/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of bytes in a temporary file, of which a fixed number of pages is
 * kept in memory. Bytes that were never written are zero. Small arrays never
 * reach the disk: the file is made when the first page has to leave memory.
 *
 * The file has a name only if its content must survive the program, as part of
 * a checkpoint; else it is gone with it.
 */
#ifndef UTIL_PAGES_H
#define UTIL_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/span.h"

#define PAGES_BYTES ((size_t)4096)

struct scratch;
struct pages;

struct pages_options {
	int dirfd; /* the folder of the file, or -1: it is `scratch` */
	struct scratch *scratch; /* borrowed; used when the file is made */
	const char *name;        /* in dirfd; NULL: a file without a name */
	size_t cached;           /* pages in memory */
	bool resumes; /* the named file is there: start with its bytes */
};

enum rc pages_create(
    struct pages **pp, const struct pages_options *o, struct err *e);
void pages_destroy(struct pages *p); /* takes NULL; a named file stays */

enum rc pages_read(
    struct pages *p, uint64_t off, void *to, size_t n, struct err *e);
enum rc pages_write(
    struct pages *p, uint64_t off, struct span bytes, struct err *e);

/* Of a named file: everything that was written is on the disk. */
enum rc pages_sync(struct pages *p, struct err *e);

#endif
