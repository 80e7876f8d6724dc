/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of bytes in a temporary file, with a fixed number of pages in
 * memory. Bytes that were never written are zero. Small arrays stay in memory:
 * the file is created when the first page must be written to it.
 *
 * The file has a name only if it belongs to a checkpoint and must outlive the
 * program. A file without a name disappears when the program ends.
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
	int dirfd; /* folder of the file; -1: the scratch folder */
	/* Where the file is created if dirfd is -1; borrowed. */
	struct scratch *scratch;
	/* Name of the file in dirfd; NULL: the file has no name. */
	const char *name;
	size_t cached; /* maximum number of pages in memory */
	bool resumes;  /* the named file exists: start with its bytes */
};

enum rc pages_create(
    struct pages **pp, const struct pages_options *o, struct err *e);
void pages_destroy(struct pages *p); /* p may be NULL; a named file stays */

enum rc pages_read(
    struct pages *p, uint64_t off, void *to, size_t n, struct err *e);
enum rc pages_write(
    struct pages *p, uint64_t off, struct span bytes, struct err *e);

/* Write all changed pages to the named file and sync it. */
enum rc pages_sync(struct pages *p, struct err *e);

#endif
