/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "convert/finished_sources.h"
#include "util/crc.h"
#include "util/pages.h"
#include "util/prefix.h"

/* Name of the file in state/; stage/staging_dir.c has it too. */
#define NAME "sources"
#define CACHED ((size_t)16)
/* Number of strings of a source: name, error, duplicate_of, reason. */
#define TEXTS 4
#define TEXT_MAX ((size_t)64 << 10)
/* Value of entry.length for a string that is NULL. */
#define ABSENT UINT32_MAX

/* A source in the file; its strings follow, without NULs. */
struct entry {
	struct finished_source record;
	uint32_t length[TEXTS];
};

/* Record counts of deferred records, to be added to those of their source. */
struct more {
	uint64_t number;
	struct account account;
	struct copy_kind copy;
};

#define PASSES 2

struct finished_sources {
	struct pages_options where;
	struct pages *pages;
	uint64_t first;   /* number of the first source in the file */
	uint64_t n;       /* number of sources in the file */
	uint64_t end;     /* length of the file in bytes */
	uint64_t crc;     /* CRC of the contents of the file */
	uint64_t at;      /* offset of the next source to read */
	uint64_t next;    /* number of the next source to read */
	struct buf texts; /* strings of the source that was read last */
	struct pages *more;
	int pass; /* number of the current pass of deferred records */
	/* Index in `more` behind the last entry of each pass, and index of the
	 * next entry to read. */
	uint64_t pass_end[PASSES];
	uint64_t pass_at[PASSES];
};

enum rc
finished_sources_create(struct finished_sources **lp, int dirfd,
    struct scratch *scratch, uint64_t first, struct err *e)
{
	struct finished_sources *const l = calloc(1, sizeof(*l));

	*lp = l;
	if (l == NULL)
		return err_nomem(e);
	l->first = first;
	buf_init(&l->texts, TEXTS * (TEXT_MAX + 1));
	l->where = (struct pages_options){ .dirfd = dirfd,
		.scratch = scratch,
		.name = dirfd == -1 ? NULL : NAME,
		.cached = CACHED };
	enum rc rc = pages_create(&l->pages, &l->where, e);
	const struct pages_options more = {
		.dirfd = dirfd, .scratch = scratch, .cached = CACHED
	};
	if (rc == RC_OK)
		rc = pages_create(&l->more, &more, e);
	return rc;
}

void
finished_sources_destroy(struct finished_sources *l)
{
	if (l == NULL)
		return;
	pages_destroy(l->pages);
	pages_destroy(l->more);
	buf_reset(&l->texts);
	free(l);
}

/* --- writing -------------------------------------------------------------- */

static enum rc
put(struct finished_sources *l, struct span bytes, struct err *e)
{
	const enum rc rc = pages_write(l->pages, l->end, bytes, e);

	l->crc = crc_add((uint32_t)l->crc, bytes);
	l->end += bytes.n;
	return rc;
}

enum rc
finished_sources_add(
    struct finished_sources *l, const struct finished_source *r, struct err *e)
{
	const char *const texts[TEXTS] = { r->line.name, r->line.error,
		r->line.duplicate_of, r->line.reason };
	struct entry entry;

	assert(r->number == l->first + l->n);
	/* The padding of `entry` is written too. */
	memset(&entry, 0, sizeof(entry));
	entry.record = *r;
	entry.record.line.name = NULL;
	entry.record.line.error = NULL;
	entry.record.line.duplicate_of = NULL;
	entry.record.line.reason = NULL;
	for (int i = 0; i < TEXTS; i++)
		entry.length[i] = texts[i] == NULL
				      ? ABSENT
				      : (uint32_t)strnlen(texts[i], TEXT_MAX);
	enum rc rc = put(l, span_of(&entry, sizeof(entry)), e);
	for (int i = 0; rc == RC_OK && i < TEXTS; i++) {
		if (texts[i] != NULL)
			rc = put(l, span_of(texts[i], entry.length[i]), e);
	}
	l->n++;
	return rc;
}

enum rc
finished_sources_add_deferred(
    struct finished_sources *l, const struct finished_source *r, struct err *e)
{
	const struct more more = { r->number, r->line.account, r->line.copy };
	const uint64_t i = l->pass_end[l->pass]++;

	return pages_write(
	    l->more, i * sizeof(more), span_of(&more, sizeof(more)), e);
}

void
finished_sources_next_pass(struct finished_sources *l)
{
	assert(l->pass + 1 < PASSES);
	l->pass++;
	l->pass_end[l->pass] = l->pass_end[l->pass - 1];
}

/* --- reading -------------------------------------------------------------- */

void
finished_sources_rewind(struct finished_sources *l)
{
	l->at = 0;
	l->next = l->first;
	l->pass_at[0] = 0;
	for (int i = 1; i < PASSES && i <= l->pass; i++)
		l->pass_at[i] = l->pass_end[i - 1];
}

/* Read the strings that follow an entry. */
static enum rc
read_texts(struct finished_sources *l, const struct entry *entry,
    const char **texts, struct err *e)
{
	enum rc rc = RC_OK;

	buf_cut(&l->texts, 0);
	if (buf_room(&l->texts, TEXTS * (TEXT_MAX + 1)) == NULL)
		return err_nomem(e);
	for (int i = 0; rc == RC_OK && i < TEXTS; i++) {
		const size_t n = entry->length[i];
		char *const to = (char *)l->texts.p + l->texts.n;
		texts[i] = n == ABSENT ? NULL : to;
		if (n == ABSENT)
			continue;
		if (n > TEXT_MAX)
			return prefix_changed("state/" NAME, e);
		rc = pages_read(l->pages, l->at, to, n, e);
		to[n] = '\0';
		l->at += n;
		l->texts.n += n + 1;
	}
	return rc;
}

/* Add the counts of deferred records to those of their source. */
static enum rc
add_more(struct finished_sources *l, struct finished_source *r, struct err *e)
{
	struct more more;

	for (int i = 0; i < PASSES && i <= l->pass; i++) {
		if (l->pass_at[i] == l->pass_end[i])
			continue;
		if (pages_read(l->more, l->pass_at[i] * sizeof(more), &more,
			sizeof(more), e) != RC_OK)
			return e->rc;
		if (more.number != r->number)
			continue;
		l->pass_at[i]++;
		account_add(&r->line.account, &more.account);
		copy_kind_add(&r->line.copy, &more.copy);
	}
	return RC_OK;
}

enum rc
finished_sources_next(
    struct finished_sources *l, struct finished_source *r, struct err *e)
{
	const char *texts[TEXTS] = { NULL };
	struct entry entry;

	if (l->at == l->end)
		return RC_END;
	enum rc rc = pages_read(l->pages, l->at, &entry, sizeof(entry), e);
	l->at += sizeof(entry);
	if (rc == RC_OK)
		rc = read_texts(l, &entry, texts, e);
	if (rc == RC_OK && entry.record.number != l->next)
		rc = prefix_changed("state/" NAME, e);
	if (rc != RC_OK)
		return rc;
	l->next++;
	*r = entry.record;
	r->line.name = texts[0];
	r->line.error = texts[1];
	r->line.duplicate_of = texts[2];
	r->line.reason = texts[3];
	return add_more(l, r, e);
}

enum rc
finished_sources_set_archive(struct finished_sources *l, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e)
{
	const size_t place = offsetof(struct entry, record) +
			     offsetof(struct finished_source, line) +
			     offsetof(struct source_entry, archive_sha256);
	struct finished_source r;
	uint64_t at = 0;
	enum rc rc = RC_OK;

	finished_sources_rewind(l);
	for (; rc == RC_OK; at = l->at) {
		rc = finished_sources_next(l, &r, e);
		if (rc == RC_OK && r.number >= from)
			rc = pages_write(l->pages, at + place,
			    span_of(sha256, DIGEST_HEX), e);
	}
	return rc == RC_END ? RC_OK : rc;
}

/* --- checkpoints ---------------------------------------------------------- */

static enum rc
check_crc(struct finished_sources *l, struct err *e)
{
	uint8_t bytes[PAGES_BYTES];
	uint32_t crc = 0;
	enum rc rc = RC_OK;

	for (uint64_t at = 0; rc == RC_OK && at < l->end; at += sizeof(bytes)) {
		const uint64_t left = l->end - at;
		const size_t n =
		    left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
		rc = pages_read(l->pages, at, bytes, n, e);
		crc = crc_add(crc, span_of(bytes, n));
	}
	return rc == RC_OK && crc != l->crc ? prefix_changed("state/" NAME, e)
					    : rc;
}

static const struct state_field fields[] = {
	STATE_FIELD("sources_done", STATE_U64, finished_sources, n),
	STATE_FIELD("sources_bytes", STATE_U64, finished_sources, end),
	STATE_FIELD("sources_crc", STATE_U64, finished_sources, crc),
	STATE_FIELDS_END,
};

enum rc
finished_sources_write_state(
    struct finished_sources *l, struct state_writer *w, struct err *e)
{
	state_codec_write(w, fields, l);
	return pages_sync(l->pages, e);
}

enum rc
finished_sources_read_state(
    struct finished_sources *l, struct state_reader *r, struct err *e)
{
	state_codec_read(r, fields, l);
	if (state_codec_failed(r))
		return RC_OK;
	pages_destroy(l->pages);
	l->where.resumes = true;
	enum rc rc = pages_create(&l->pages, &l->where, e);
	if (rc == RC_OK)
		rc = check_crc(l, e);
	finished_sources_rewind(l);
	return rc;
}

uint64_t
finished_sources_count(const struct finished_sources *l)
{
	return l->n;
}
