/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sources with the same bytes. The digest of a whole source is too
 * expensive to be made before each source is converted. So a cheap sum of its
 * first bytes is compared: only if another source began with the same bytes is
 * the digest made first.
 *
 * The sums and digests are in temporary files (util/pages.h): 16 MB of memory
 * for any number of sources, and for each source at most 43 bytes of two hash
 * tables and 44 bytes with its name on the disk.
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

/* Add such a sum; *again: another source has the same one. */
enum rc duplicate_sources_add_head(
    struct duplicate_sources *i, uint64_t head, bool *again, struct err *e);

/* There are sources whose first bytes are not known: any source may be a copy
 * of one of them. */
void duplicate_sources_add_unknown(struct duplicate_sources *i);
bool duplicate_sources_has_unknown(const struct duplicate_sources *i);

/* Add a source that was read whole: its name, digest and bytes. */
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
