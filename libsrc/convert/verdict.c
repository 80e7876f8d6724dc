/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "convert/damage_summary.h"
#include "convert/inner.h"
#include "util/maxima.h"

static void
warn(const struct run *r, const char *name, const char *text)
{
	if (r->o->watch.warn != NULL)
		r->o->watch.warn(r->o->watch.ctx, name, text);
}

enum rc
verdict_spoil(struct run *r, struct pending_source *s, struct err *e)
{
	const struct err failed = *e;

	if (r->o->require_all)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.400s (--require-all: nothing is staged)", failed.text);
	warn(r, s->line.name, e->text);
	return s->line.error != NULL ||
		       pending_sources_set_text(&s->line.error, e->text)
		   ? RC_OK
		   : err_nomem(e);
}

enum rc
verdict_damage(struct run *r, const struct pending_source *s, struct span lines,
    struct err *e)
{
	if (lines.n == 0)
		return RC_OK;
	buf_cut(&r->damage, 0);
	enum rc rc = damage_summary_source(
	    r->damage_sum, s->number, s->line.name, &r->damage, e);
	if (rc == RC_OK)
		rc = damage_summary_add(r->damage_sum, lines, &r->damage, e);
	return rc == RC_OK ? writer_damage(r->out, buf_span(&r->damage), e)
			   : rc;
}

enum rc
verdict_damage_end(struct run *r, struct err *e)
{
	buf_cut(&r->damage, 0);
	const enum rc rc = damage_summary_end(r->damage_sum, &r->damage, e);
	r->m->damage_summed = damage_summary_count(r->damage_sum);
	return rc == RC_OK ? writer_damage(r->out, buf_span(&r->damage), e)
			   : rc;
}

static enum rc
put_damage(struct run *r, struct pending_source *s, const struct damage *d,
    const char *reason, struct err *e)
{
	struct buf line;

	if (s->line.reason == NULL &&
	    !pending_sources_set_text(&s->line.reason, reason))
		return err_nomem(e);
	buf_init(&line, MAXIMUM_LINE);
	damage_put(&line, d, reason);
	const enum rc rc = line.full
			       ? buf_fail(&line, "a line of damage.ndjson", e)
			       : verdict_damage(r, s, buf_span(&line), e);
	buf_reset(&line);
	return rc;
}

static enum rc
flush_region(struct run *r, struct pending_source *s, struct err *e)
{
	const struct damage d = {
		.source = s->line.name,
		.kind = "region",
		.offset = s->region_at,
		.length = s->region_n,
		.salvaged = "nothing",
	};

	if (s->region_n == 0)
		return RC_OK;
	s->region_n = 0;
	s->line.account.regions++;
	return put_damage(
	    r, s, &d, "bytes without the signature of a chunk", e);
}

/* A clean header that counts more chunks than the file has: its end is gone. */
static enum rc
check_length(struct run *r, struct pending_source *s, struct err *e)
{
	const uint64_t bytes = s->line.bytes;
	const struct damage d = {
		.source = s->line.name,
		.kind = "file",
		.offset = bytes,
		.salvaged = "the chunks that are there",
	};
	char why[128];

	if (!s->header.signature || !s->header.crc_ok || s->header.dirty ||
	    bytes >= CHUNK_FILE_HEADER + s->header.chunks * CHUNK_BYTES ||
	    bytes % CHUNK_BYTES != CHUNK_FILE_HEADER)
		return RC_OK;
	(void)snprintf(why, sizeof(why),
	    "the file header counts %llu chunk%s, the file ends before that",
	    (unsigned long long)s->header.chunks,
	    s->header.chunks == 1 ? "" : "s");
	s->line.account.regions++;
	return put_damage(r, s, &d, why, e);
}

/* A file without a single chunk is no log, unless it says that it is an empty
 * one. */
static enum rc
judge_source(struct run *r, struct pending_source *s, struct err *e)
{
	if (s->line.chunks != 0 || s->line.error != NULL)
		return RC_OK;
	if (!s->header.signature)
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is not an .evtx file: no signature, no chunk",
		    s->line.name);
	else if (s->unused == 0)
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is cut short: there is no chunk behind its header",
		    s->line.name);
	else
		return RC_OK;
	return verdict_spoil(r, s, e);
}

enum rc
verdict_end(struct run *r, struct pending_source *s, struct err *e)
{
	enum rc rc = judge_source(r, s, e);

	/* Of what is no log at all the error says enough. */
	if (rc == RC_OK && (s->line.error == NULL || s->line.chunks != 0))
		rc = flush_region(r, s, e);
	if (rc == RC_OK && s->line.error == NULL)
		rc = check_length(r, s, e);
	s->ended = true;
	return rc == RC_OK ? writer_settle(r->out, e) : rc;
}

enum rc
verdict_piece(struct run *r, const struct job *j, const struct job_piece *p,
    struct err *e)
{
	struct pending_source *const s = j->live;

	if (p->kind == JOB_REGION) {
		if (s->region_n == 0)
			s->region_at = j->offset + p->cut.at;
		s->region_n += p->cut.n;
		return RC_OK;
	}
	s->line.chunks += p->kind == JOB_CHUNK ? 1 : 0;
	s->line.chunks_bad += p->kind == JOB_CHUNK && p->bad ? 1 : 0;
	s->unused += p->kind == JOB_UNUSED ? p->cut.n : 0;
	return flush_region(r, s, e);
}
