/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "convert/deferred_store.h"
#include "convert/state_file.h"
#include "util/crc.h"
#include "util/io.h"
#include "util/prefix.h"
#include "util/scratch.h"

/* Name of the file in state/; stage/staging_dir.c has it too. */
#define NAME "aside"
#define PATH "state/" NAME
/* The file in messages, because it may have no name. */
#define WHAT "the file of deferred records"

struct deferred_store {
	int fd; /* descriptor of the file; -1: it has not been created yet */
	int dirfd;
	struct scratch *scratch;
	uint64_t at;  /* offset of the next chunk to read */
	uint64_t end; /* length of the file in bytes */
	uint64_t counts[DEFERRED_KINDS];
	uint64_t crc; /* CRC of the contents of the file */
};

enum rc
deferred_store_create(struct deferred_store **sp, int dirfd,
    struct scratch *scratch, struct err *e)
{
	struct deferred_store *const s = calloc(1, sizeof(*s));

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	s->fd = -1;
	s->dirfd = dirfd;
	s->scratch = scratch;
	return RC_OK;
}

void
deferred_store_destroy(struct deferred_store *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	free(s);
}

uint64_t
deferred_store_count(const struct deferred_store *s, enum deferred_kind kind)
{
	return s->counts[kind];
}

enum rc
deferred_store_put(struct deferred_store *s, const struct deferred_chunk *c,
    const uint8_t *bytes, const struct deferred_record *records, struct err *e)
{
	const struct span parts[] = {
		span_of(c, sizeof(*c)),
		span_of(bytes, c->n),
		span_of(records, c->n_records * sizeof(*records)),
	};
	enum rc rc = RC_OK;

	if (s->fd == -1)
		rc = s->dirfd == -1
			 ? scratch_open(&s->fd, -1, s->scratch, e)
			 : state_file_create(s->dirfd, NAME, &s->fd, e);
	for (size_t i = 0; i < c->n_records; i++)
		s->counts[records[i].kind]++;
	for (size_t i = 0; rc == RC_OK && i < sizeof(parts) / sizeof(*parts);
	     i++) {
		s->end += parts[i].n;
		s->crc = crc_add((uint32_t)s->crc, parts[i]);
		rc = io_write(s->fd, parts[i], WHAT, e);
	}
	return rc;
}

void
deferred_store_rewind(struct deferred_store *s)
{
	s->at = 0;
}

static enum rc
read_bytes(struct deferred_store *s, void *p, size_t n, struct err *e)
{
	const struct io_read r = { s->fd, s->at, p, n, WHAT };
	size_t got = 0;

	const enum rc rc = io_pread(&r, &got, e);
	if (rc == RC_OK && got != n)
		return prefix_changed(PATH, e);
	s->at += n;
	return rc;
}

enum rc
deferred_store_next(struct deferred_store *s, struct deferred_chunk *c,
    uint8_t *bytes, struct deferred_record *records, struct err *e)
{
	if (s->at == s->end)
		return RC_END;
	enum rc rc = read_bytes(s, c, sizeof(*c), e);
	if (rc == RC_OK &&
	    (c->n > CHUNK_BYTES || c->n_records > DEFERRED_RECORDS_MAX))
		rc = prefix_changed(PATH, e);
	if (rc == RC_OK)
		rc = read_bytes(s, bytes, c->n, e);
	return rc == RC_OK
		   ? read_bytes(s, records, c->n_records * sizeof(*records), e)
		   : rc;
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field fields[] = {
	STATE_FIELD("deferred_bytes", STATE_U64, deferred_store, end),
	STATE_FIELD("deferred_kinds", STATE_U64, deferred_store, counts),
	STATE_FIELD("deferred_crc", STATE_U64, deferred_store, crc),
	STATE_FIELDS_END,
};

enum rc
deferred_store_write_state(
    const struct deferred_store *s, struct state_writer *w, struct err *e)
{
	state_codec_write(w, fields, s);
	if (s->fd != -1 && fsync(s->fd) == -1)
		return err_sys(e, RC_FATAL, "sync " PATH);
	return RC_OK;
}

static enum rc
add_crc(void *arg, struct span bytes, struct err *e)
{
	uint32_t *const crc = arg;

	(void)e;
	*crc = crc_add(*crc, bytes);
	return RC_OK;
}

enum rc
deferred_store_read_state(
    struct deferred_store *s, struct state_reader *r, struct err *e)
{
	uint32_t crc = 0;
	const struct prefix_visit visit = { add_crc, &crc };

	state_codec_read(r, fields, s);
	if (state_codec_failed(r) || s->end == 0)
		return RC_OK;
	enum rc rc = state_file_open(s->dirfd, NAME, &s->fd, e);
	if (rc == RC_OK)
		rc = io_go_back(s->fd, s->end, PATH, e);
	const struct prefix prefix = { s->fd, PATH, s->end };
	if (rc == RC_OK)
		rc = prefix_read(&prefix, &visit, e);
	return rc == RC_OK && crc != s->crc ? prefix_changed(PATH, e) : rc;
}
