/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of a run, one after the other, into jobs.
 */
#include <assert.h>
#include <string.h>

#include "convert/inner.h"
#include "convert/source.h"
#include "util/pool.h"
#include "util/text.h"

/* Read bytes for a job and cut them into pieces. */
static enum rc
fill_job(struct job *j, struct source *src, struct err *e)
{
	struct source_bytes b = { .p = j->bytes, .cap = JOB_BYTES };
	struct cut_piece cuts[CUT_PIECES_MAX];

	const enum rc rc = source_read(src, &b, e);
	if (rc != RC_OK)
		return rc;
	source_take(
	    src, cut_bytes(span_of(b.p, b.n), b.end, cuts, &j->n_pieces));
	j->offset = b.off;
	j->read = b.mark;
	for (size_t i = 0; i < j->n_pieces; i++)
		j->pieces[i].cut = cuts[i];
	return RC_OK;
}

static enum rc
read_job(struct run *r, struct source *src, size_t source, struct err *e)
{
	struct job *j;

	enum rc rc = convert_get_job(r, &j, e);
	if (rc != RC_OK)
		return rc;
	rc = fill_job(j, src, e);
	if (rc != RC_OK) {
		convert_give_back(r, j);
		return rc;
	}
	j->source = source;
	j->name = r->m->sources[source].name;
	memcpy(j->sha256, r->tracks[source].sha256, sizeof(j->sha256));
	r->tracks[source].out++;
	pool_submit(r->pool, j);
	if (r->o->watch.progress != NULL)
		r->o->watch.progress(r->o->watch.ctx, r->bytes + src->at);
	return convert_check_stop(r, e);
}

/* The digest of what could be read of a source that failed on the way. */
static enum rc
digest_part(struct run *r, const struct source *src, char sha256[DIGEST_HEX])
{
	struct err e;

	if (src->digest == NULL)
		return RC_OK;
	return hasher_final_hex(r->digest, sha256, &e);
}

/* Rows that show the digest of their source need it before it is read. What
 * cannot be read is found again, and reported, when it is. */
static enum rc
digest_before(struct run *r, size_t source, struct err *e)
{
	if (!convert_shows_digest(r))
		return RC_OK;
	assert(r->tracks != NULL);
	char *const sha256 = r->tracks[source].sha256;
	const enum rc rc =
	    source_digest(r->walk->entries[source].path, r->digest, sha256, e);
	if (rc == RC_SKIP)
		sha256[0] = '\0';
	return rc == RC_SKIP ? RC_OK : rc;
}

/* A file that changed in between would make its rows lie. */
static enum rc
same_digest(const struct run *r, size_t source, struct err *e)
{
	const struct manifest_source *const s = &r->m->sources[source];
	const char *const before = r->tracks[source].sha256;

	if (!convert_shows_digest(r) ||
	    (before[0] != '\0' &&
		(!r->o->digests || strcmp(before, s->sha256) == 0)))
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "%s is not what it was when its digest was made", s->name);
}

/* Read a source to its end, or as far as it goes: what is behind a place that
 * cannot be read is lost, the rest is not. */
static enum rc
read_source(struct run *r, size_t source, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[source];
	struct source src;

	enum rc rc = digest_before(r, source, e);
	if (rc != RC_OK)
		return rc;
	rc = source_open(&src, r->walk->entries[source].path,
	    r->o->digests ? r->digest : NULL, e);
	r->tracks[source].header = src.header;
	while (rc == RC_OK)
		rc = read_job(r, &src, source, e);
	s->bytes = src.hashed;
	r->bytes += src.hashed;
	if (rc == RC_END) {
		rc = source_finish(&src, s->sha256, e);
		if (rc == RC_OK)
			rc = same_digest(r, source, e);
	} else if (rc == RC_SKIP && src.hashed != 0) {
		rc = verdict_spoil(r, source, e);
		if (rc == RC_OK)
			rc = digest_part(r, &src, s->sha256);
	} else if (rc == RC_SKIP && source_is_empty(&src)) {
		const enum rc part = digest_part(r, &src, s->sha256);
		rc = part == RC_OK ? RC_SKIP : part;
	}
	source_close(&src);
	return rc;
}

static char *
clean_name(const char *path)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	text_utf8_utf8(&b, span_str(path));
	buf_byte(&b, '\0');
	return (char *)b.p; /* the caller frees it */
}

enum rc
intake_source(struct run *r, size_t source, struct err *e)
{
	const struct walk_entry *const entry = &r->walk->entries[source];
	struct manifest_source *const s = manifest_add_source(r->m);
	struct track *const t = &r->tracks[source];

	if (s == NULL)
		return err_nomem(e);
	s->name = clean_name(entry->path);
	if (s->name == NULL)
		return err_nomem(e);
	enum rc rc = entry->why != NULL ? err_set(e, RC_SKIP, WHY_CORRUPT,
					      "%s %s", s->name, entry->why)
					: read_source(r, source, e);
	if (rc == RC_SKIP)
		rc = verdict_spoil(r, source, e);
	t->read = true;
	if (rc == RC_OK && t->out == 0)
		rc = verdict_end(r, source, e);
	return rc;
}
