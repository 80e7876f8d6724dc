/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sources have the same bytes. A digest of everything is too dear to be
 * made before a source is converted; so the first bytes are compared first, by
 * a sum that costs little: only if a source began like this one before is its
 * digest made first.
 *
 * What is remembered lies in temporary files (util/pages.h): 16 MB of memory
 * however many sources there are, and per source on the disk at most 43 bytes
 * of two hash tables and 44 bytes with its name.
 */
#ifndef CONVERT_DUPLICATE_SOURCES_H
#define CONVERT_DUPLICATE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "stage/source_entry.h"
#include "util/maxima.h"
#include "util/span.h"

/* A file header and the first chunk. */
#define SOURCE_HEAD_BYTES ((size_t)68 << 10)

struct duplicate_sources;

/* Files go below dirfd. */
enum rc duplicate_sources_create(
    struct duplicate_sources **ip, int dirfd, struct err *e);
void duplicate_sources_destroy(struct duplicate_sources *i); /* takes NULL */

/* The sum of a source's first bytes; never 0. */
uint64_t duplicate_sources_head_sum(struct span head);

/* Remember such a sum; *again: another source began so before. */
enum rc duplicate_sources_add_head(
    struct duplicate_sources *i, uint64_t head, bool *again, struct err *e);

/* There are sources of which nobody knows how they begin: everything may be
 * again what was there. */
void duplicate_sources_add_unknown(struct duplicate_sources *i);
bool duplicate_sources_has_unknown(const struct duplicate_sources *i);

/* Remember that a source was read whole: its name, digest and bytes. */
enum rc duplicate_sources_add(
    struct duplicate_sources *i, const struct source_entry *s, struct err *e);

/* The source with this digest that was read whole. *found: there is one. */
struct duplicate_source {
	char name[MAXIMUM_NAME + 1];
	uint64_t bytes;
};

enum rc duplicate_sources_find(struct duplicate_sources *i,
    const char sha256[DIGEST_HEX], struct duplicate_source *twin, bool *found,
    struct err *e);

#endif
