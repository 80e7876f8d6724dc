/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "convert/damage.h"
#include "convert/inner.h"

static void
warn(const struct run *r, const char *text)
{
	if (r->o->watch.warn != NULL)
		r->o->watch.warn(r->o->watch.ctx, text);
}

enum rc
verdict_spoil(struct run *r, size_t source, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[source];
	const struct err failed = *e;

	if (r->o->require_all)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.400s (--require-all: nothing is staged)", failed.text);
	warn(r, e->text);
	if (s->error != NULL)
		return RC_OK;
	s->error = strdup(e->text);
	return s->error == NULL ? err_nomem(e) : RC_OK;
}

static enum rc
put_damage(
    struct run *r, const struct damage *d, const char *reason, struct err *e)
{
	buf_cut(&r->damage, 0);
	damage_put(&r->damage, d, reason);
	return r->damage.full ? err_nomem(e)
			      : writer_damage(r->out, buf_span(&r->damage), e);
}

static enum rc
flush_region(struct run *r, size_t source, struct err *e)
{
	struct track *const t = &r->tracks[source];
	struct manifest_source *const s = &r->m->sources[source];
	const struct damage d = {
		.source = s->name,
		.kind = "region",
		.offset = t->region_at,
		.length = t->region_n,
		.salvaged = "nothing",
	};

	if (t->region_n == 0)
		return RC_OK;
	t->region_n = 0;
	s->account.regions++;
	return put_damage(r, &d, "bytes without the signature of a chunk", e);
}

/* A clean header that counts more chunks than the file has: its end is gone. */
static enum rc
check_length(struct run *r, size_t source, struct err *e)
{
	const struct track *const t = &r->tracks[source];
	struct manifest_source *const s = &r->m->sources[source];
	const struct damage d = {
		.source = s->name,
		.kind = "file",
		.offset = s->bytes,
		.salvaged = "the chunks that are there",
	};
	char why[128];

	if (!t->header.signature || !t->header.crc_ok || t->header.dirty ||
	    s->bytes >= CHUNK_FILE_HEADER + t->header.chunks * CHUNK_BYTES ||
	    s->bytes % CHUNK_BYTES != CHUNK_FILE_HEADER)
		return RC_OK;
	(void)snprintf(why, sizeof(why),
	    "the file header counts %llu chunks, the file ends before them",
	    (unsigned long long)t->header.chunks);
	s->account.regions++;
	return put_damage(r, &d, why, e);
}

/* A file without a single chunk is no log, unless it says that it is an empty
 * one. */
static enum rc
judge_source(struct run *r, size_t source, struct err *e)
{
	const struct manifest_source *const s = &r->m->sources[source];
	const struct track *const t = &r->tracks[source];

	if (s->chunks != 0 || s->error != NULL)
		return RC_OK;
	if (!t->header.signature)
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is not an .evtx file: no signature at offset 0 and no "
		    "chunk behind it",
		    s->name);
	else if (t->unused == 0)
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is cut short: there is no chunk behind its header",
		    s->name);
	else
		return RC_OK;
	return verdict_spoil(r, source, e);
}

enum rc
verdict_end(struct run *r, size_t source, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[source];
	enum rc rc = judge_source(r, source, e);

	/* Of what is no log at all the error says enough. */
	if (rc == RC_OK && (s->error == NULL || s->chunks != 0))
		rc = flush_region(r, source, e);
	if (rc == RC_OK && s->error == NULL)
		rc = check_length(r, source, e);
	return rc == RC_OK ? writer_settle(r->out, e) : rc;
}

enum rc
verdict_piece(struct run *r, const struct job *j, const struct job_piece *p,
    struct err *e)
{
	struct manifest_source *const s = &r->m->sources[j->source];
	struct track *const t = &r->tracks[j->source];

	if (p->kind == JOB_REGION) {
		if (t->region_n == 0)
			t->region_at = j->offset + p->cut.at;
		t->region_n += p->cut.n;
		return RC_OK;
	}
	s->chunks += p->kind == JOB_CHUNK ? 1 : 0;
	s->chunks_bad += p->kind == JOB_CHUNK && p->bad ? 1 : 0;
	t->unused += p->kind == JOB_UNUSED ? p->cut.n : 0;
	return flush_region(r, j->source, e);
}
