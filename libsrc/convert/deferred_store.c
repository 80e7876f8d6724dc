/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/deferred_store.h"
#include "util/crc.h"
#include "util/io.h"
#include "util/prefix.h"
#include "util/scratch.h"

#define WHAT "what is set aside"
#define NAME "aside" /* known to stage/staging_dir.c */

struct deferred_store {
	int fd; /* -1: nothing was set aside yet */
	int dirfd;
	struct scratch *scratch;
	uint64_t at;  /* the next byte to read */
	uint64_t end; /* bytes written */
	uint64_t counts[DEFERRED_KINDS];
	uint64_t crc; /* of what was written */
};

enum rc
deferred_store_create(struct deferred_store **ap, int dirfd,
    struct scratch *scratch, struct err *e)
{
	*ap = calloc(1, sizeof(**ap));
	if (*ap == NULL)
		return err_nomem(e);
	(*ap)->fd = -1;
	(*ap)->dirfd = dirfd;
	(*ap)->scratch = scratch;
	return RC_OK;
}

void
deferred_store_destroy(struct deferred_store *a)
{
	if (a == NULL)
		return;
	if (a->fd != -1)
		(void)close(a->fd);
	free(a);
}

uint64_t
deferred_store_count(const struct deferred_store *a, enum deferred_kind kind)
{
	return a->counts[kind];
}

static enum rc
open_file(struct deferred_store *a, struct err *e)
{
	if (a->dirfd == -1)
		return scratch_open(&a->fd, -1, a->scratch, e);
	/* What a killed run set aside behind its checkpoint. */
	if (unlinkat(a->dirfd, NAME, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove state/" NAME);
	a->fd = openat(a->dirfd, NAME,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return a->fd == -1 ? err_sys(e, RC_FATAL, "create state/" NAME) : RC_OK;
}

static enum rc
sum(void *arg, struct span bytes, struct err *e)
{
	uint64_t *const crc = arg;

	(void)e;
	*crc = crc_add((uint32_t)*crc, bytes);
	return RC_OK;
}

/* The file is what it was when it had so many bytes. */
static enum rc
go_back(struct deferred_store *a, struct err *e)
{
	uint64_t crc = 0;
	const struct prefix_visit visit = { sum, &crc };

	if (a->end == 0)
		return RC_OK;
	a->fd = openat(a->dirfd, NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (a->fd == -1)
		return err_sys(e, RC_FATAL, "open state/" NAME);
	const struct prefix prefix = { a->fd, "state/" NAME, a->end };
	enum rc rc = io_go_back(a->fd, a->end, "state/" NAME, e);
	if (rc == RC_OK)
		rc = prefix_read(&prefix, &visit, e);
	return rc == RC_OK && crc != a->crc ? prefix_changed("state/" NAME, e)
					    : rc;
}

static const struct state_field fields[] = {
	STATE_FIELD("deferred_bytes", STATE_U64, deferred_store, end),
	STATE_FIELD("deferred_kinds", STATE_U64, deferred_store, counts),
	STATE_FIELD("deferred_crc", STATE_U64, deferred_store, crc),
	STATE_FIELDS_END,
};

enum rc
deferred_store_write_state(
    const struct deferred_store *a, struct state_writer *w, struct err *e)
{
	state_codec_write(w, fields, a);
	if (a->fd != -1 && fsync(a->fd) == -1)
		return err_sys(e, RC_FATAL, "sync state/" NAME);
	return RC_OK;
}

enum rc
deferred_store_read_state(
    struct deferred_store *a, struct state_reader *r, struct err *e)
{
	state_codec_read(r, fields, a);
	return state_codec_failed(r) ? RC_OK : go_back(a, e);
}

static enum rc
put(struct deferred_store *a, struct span bytes, struct err *e)
{
	a->end += bytes.n;
	(void)sum(&a->crc, bytes, e);
	return io_write(a->fd, bytes, WHAT, e);
}

enum rc
deferred_store_put(struct deferred_store *a, const struct deferred_chunk *c,
    const uint8_t *bytes, const struct deferred_record *records, struct err *e)
{
	enum rc rc = RC_OK;

	if (a->fd == -1)
		rc = open_file(a, e);
	for (size_t i = 0; i < c->n_records; i++)
		a->counts[records[i].kind]++;
	if (rc == RC_OK)
		rc = put(a, span_of(c, sizeof(*c)), e);
	if (rc == RC_OK)
		rc = put(a, span_of(bytes, c->n), e);
	return rc == RC_OK
		   ? put(a, span_of(records, c->n_records * sizeof(*records)),
			 e)
		   : rc;
}

void
deferred_store_rewind(struct deferred_store *a)
{
	a->at = 0;
}

/* Read n bytes that were written. */
static enum rc
take(struct deferred_store *a, void *p, size_t n, struct err *e)
{
	const struct io_read r = { a->fd, a->at, p, n, WHAT };
	size_t got = 0;

	const enum rc rc = io_pread(&r, &got, e);
	if (rc == RC_OK && got != n)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    WHAT " ends at byte %llu", (unsigned long long)a->at + got);
	a->at += n;
	return rc;
}

enum rc
deferred_store_next(struct deferred_store *a, struct deferred_chunk *c,
    uint8_t *bytes, struct deferred_record *records, struct err *e)
{
	if (a->at == a->end)
		return RC_END;
	enum rc rc = take(a, c, sizeof(*c), e);
	if (rc != RC_OK)
		return rc;
	if (c->n > CHUNK_BYTES || c->n_records > DEFERRED_RECORDS_MAX)
		return prefix_changed("state/" NAME, e);
	rc = take(a, bytes, c->n, e);
	if (rc == RC_OK)
		rc = take(a, records, c->n_records * sizeof(*records), e);
	return rc;
}
