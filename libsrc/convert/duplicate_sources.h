/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sources with the same bytes. It would take too long to make the digest
 * of each whole source before the source is converted. So a cheap sum of its
 * first bytes is compared: the digest is made first only if another source
 * began with the same bytes.
 *
 * The sums and digests are in temporary files (util/pages.h). They need 16 MB
 * of memory for any number of sources and, for each source, at most 43 bytes of
 * two hash tables and 48 bytes plus its name on disk.
 */
#ifndef CONVERT_DUPLICATE_SOURCES_H
#define CONVERT_DUPLICATE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "stage/source_entry.h"
#include "util/maxima.h"
#include "util/span.h"

/* Length of a file header and the header of the first chunk. The second has the
 * checksum of the chunk's records, so more bytes would distinguish few more
 * logs. */
#define SOURCE_HEAD_BYTES ((size_t)4096 + 512)

struct duplicate_sources;

/* The files are in the folder dirfd. */
enum rc duplicate_sources_create(
    struct duplicate_sources **ip, int dirfd, struct err *e);
void duplicate_sources_destroy(struct duplicate_sources *i); /* takes NULL */

/* The sum of a source's first bytes; never 0. */
uint64_t duplicate_sources_head_sum(struct span head);

/* Add the sum of a source. *again is true if another source may begin with the
 * same bytes. */
enum rc duplicate_sources_add_head(
    struct duplicate_sources *i, uint64_t head, bool *again, struct err *e);

/* Record that the first bytes of a source are not known: any source may be a
 * copy of it. */
void duplicate_sources_add_unknown(struct duplicate_sources *i);
bool duplicate_sources_has_unknown(const struct duplicate_sources *i);

/* Add a source that was read completely: its name, digest and size. */
enum rc duplicate_sources_add(
    struct duplicate_sources *i, const struct source_entry *s, struct err *e);

struct duplicate_source {
	char name[MAXIMUM_NAME + 1];
	uint64_t bytes;
};

/* Find the source with this digest among those that were added. *found is false
 * if there is none. */
enum rc duplicate_sources_find(struct duplicate_sources *i,
    const char sha256[DIGEST_HEX], struct duplicate_source *twin, bool *found,
    struct err *e);

#endif
