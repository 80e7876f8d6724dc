/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/duplicate_sources.h"
#include "evtx/chunk.h"
#include "util/mix.h"
#include "util/multimap.h"
#include "util/pages.h"

#define CACHED ((size_t)64)
/* Number of bytes at the start of a file header that are used. */
#define HEADER_USED ((size_t)128)

/* A source that was read completely; its name follows in the file. */
struct entry {
	uint8_t sha256[DIGEST_BYTES];
	uint64_t bytes;
	uint32_t n_name;
};

struct duplicate_sources {
	/* Maps duplicate_sources_head_sum() of each source to 1. */
	struct multimap *heads;
	/* Maps the first 8 bytes of each SHA-256 to 1 + the offset of the
	 * entry. */
	struct multimap *digests;
	struct pages *entries;
	uint64_t end; /* length of all entries in bytes */
	bool doubt;   /* duplicate_sources_add_unknown() was called */
};

enum rc
duplicate_sources_create(
    struct duplicate_sources **ip, int dirfd, struct err *e)
{
	struct duplicate_sources *const i = calloc(1, sizeof(*i));
	const struct pages_options o = { .dirfd = dirfd, .cached = CACHED };

	*ip = i;
	if (i == NULL)
		return err_nomem(e);
	enum rc rc = multimap_create(&i->heads, dirfd, NULL, e);
	if (rc == RC_OK)
		rc = multimap_create(&i->digests, dirfd, NULL, e);
	return rc == RC_OK ? pages_create(&i->entries, &o, e) : rc;
}

void
duplicate_sources_destroy(struct duplicate_sources *i)
{
	if (i == NULL)
		return;
	multimap_destroy(i->heads);
	multimap_destroy(i->digests);
	pages_destroy(i->entries);
	free(i);
}

uint64_t
duplicate_sources_head_sum(struct span head)
{
	/* Most of a file header is unused and zero. */
	const size_t n = head.n < CHUNK_FILE_HEADER ? head.n : HEADER_USED;
	const struct span rest = span_skip(
	    head, head.n < CHUNK_FILE_HEADER ? head.n : CHUNK_FILE_HEADER);
	const uint64_t sum =
	    mix_bytes(mix_bytes(head.n, span_of(head.p, n)), rest);

	return sum == 0 ? 1 : sum;
}

enum rc
duplicate_sources_add_head(
    struct duplicate_sources *i, uint64_t head, bool *again, struct err *e)
{
	const enum rc rc = multimap_add(i->heads, head, 1, again, e);

	*again = *again || i->doubt;
	return rc;
}

void
duplicate_sources_add_unknown(struct duplicate_sources *i)
{
	i->doubt = true;
}

bool
duplicate_sources_has_unknown(const struct duplicate_sources *i)
{
	return i->doubt;
}

static uint64_t
key_of(const uint8_t sha256[DIGEST_BYTES])
{
	uint64_t key;

	memcpy(&key, sha256, sizeof(key));
	return key;
}

enum rc
duplicate_sources_add(
    struct duplicate_sources *i, const struct source_entry *s, struct err *e)
{
	struct entry entry;
	bool there;

	memset(&entry, 0, sizeof(entry));
	if (!digest_is_hex(s->sha256) ||
	    !digest_unhex(span_str(s->sha256), entry.sha256))
		return RC_OK; /* the source has no digest */
	entry.bytes = s->bytes;
	entry.n_name = (uint32_t)strnlen(s->name, MAXIMUM_NAME);
	enum rc rc =
	    pages_write(i->entries, i->end, span_of(&entry, sizeof(entry)), e);
	if (rc == RC_OK)
		rc = pages_write(i->entries, i->end + sizeof(entry),
		    span_of(s->name, entry.n_name), e);
	if (rc == RC_OK)
		rc = multimap_add(
		    i->digests, key_of(entry.sha256), i->end + 1, &there, e);
	i->end += sizeof(entry) + entry.n_name;
	return rc;
}

enum rc
duplicate_sources_find(struct duplicate_sources *i,
    const char sha256[DIGEST_HEX], struct duplicate_source *twin, bool *found,
    struct err *e)
{
	uint8_t want[DIGEST_BYTES];
	struct entry entry;
	uint64_t value = 0;
	uint64_t at = 0;
	enum rc rc = RC_OK;

	*found = false;
	if (!digest_is_hex(sha256) || !digest_unhex(span_str(sha256), want))
		return RC_OK;
	for (;;) {
		rc = multimap_next(i->digests, key_of(want), &at, &value, e);
		if (rc != RC_OK || value == 0)
			return rc;
		rc =
		    pages_read(i->entries, value - 1, &entry, sizeof(entry), e);
		if (rc != RC_OK)
			return rc;
		if (memcmp(entry.sha256, want, sizeof(want)) == 0)
			break;
	}
	*found = true;
	twin->bytes = entry.bytes;
	twin->name[entry.n_name] = '\0';
	return pages_read(
	    i->entries, value - 1 + sizeof(entry), twin->name, entry.n_name, e);
}
