/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "convert/source_status.h"
#include "util/maxima.h"

enum rc
source_status_fail(
    const struct source_status *st, struct pending_source *s, struct err *e)
{
	const struct err failed = *e;

	if (st->o->require_all)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.400s (--require-all: nothing is staged)", failed.text);
	options_warn(st->o, s->line.name, e->text);
	return s->line.error != NULL ||
		       pending_sources_set_text(&s->line.error, e->text)
		   ? RC_OK
		   : err_nomem(e);
}

static enum rc
report(const struct source_status *st, struct pending_source *s,
    const struct damage *d, const char *reason, struct err *e)
{
	struct buf line;
	enum rc rc;

	if (s->line.reason == NULL &&
	    !pending_sources_set_text(&s->line.reason, reason))
		return err_nomem(e);
	s->line.account.regions++;
	buf_init(&line, MAXIMUM_LINE);
	damage_put(&line, d, reason);
	if (line.full)
		rc = buf_fail(&line, "a line of damage.ndjson", e);
	else
		rc = damage_report_add(
		    st->damage, s->number, s->line.name, buf_span(&line), e);
	buf_reset(&line);
	return rc;
}

/* Report a region, which consists of consecutive pieces without chunks. */
static enum rc
end_region(
    const struct source_status *st, struct pending_source *s, struct err *e)
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
	return report(st, s, &d, "bytes without the signature of a chunk", e);
}

enum rc
source_status_add_piece(const struct source_status *st, const struct job *j,
    const struct job_piece *p, struct err *e)
{
	struct pending_source *const s = j->pending;

	if (p->kind == JOB_REGION) {
		if (s->region_n == 0)
			s->region_at = j->offset + p->cut.at;
		s->region_n += p->cut.n;
		return RC_OK;
	}
	s->line.chunks += p->kind == JOB_CHUNK ? 1 : 0;
	s->line.chunks_bad += p->kind == JOB_CHUNK && p->bad ? 1 : 0;
	s->unused += p->kind == JOB_UNUSED ? p->cut.n : 0;
	return end_region(st, s, e);
}

/* Report that the end of the file is lost, if a clean file header counts more
 * chunks than the file has. A last chunk that is cut short is reported by its
 * worker. */
static enum rc
check_length(
    const struct source_status *st, struct pending_source *s, struct err *e)
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
	    "the file header counts %llu chunk%s, but the file is shorter",
	    (unsigned long long)s->header.chunks,
	    s->header.chunks == 1 ? "" : "s");
	return report(st, s, &d, why, e);
}

enum rc
source_status_end(
    const struct source_status *st, struct pending_source *s, struct err *e)
{
	const bool empty = s->line.chunks == 0 && s->line.error == NULL;
	enum rc rc = RC_OK;

	/* A file without chunks is a log only if it has the signature of a log
	 * and unused chunk slots (zeros). */
	if (empty && !s->header.signature) {
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is not an .evtx file: no signature, no chunk",
		    s->line.name);
		rc = source_status_fail(st, s, e);
	} else if (empty && s->unused == 0) {
		(void)err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is cut short: there is no chunk behind its header",
		    s->line.name);
		rc = source_status_fail(st, s, e);
	}
	/* Do not report a region in a file that is not a log. */
	if (rc == RC_OK && (s->line.error == NULL || s->line.chunks != 0))
		rc = end_region(st, s, e);
	if (rc == RC_OK && s->line.error == NULL)
		rc = check_length(st, s, e);
	s->ended = true;
	return rc == RC_OK ? writer_settle(st->out, e) : rc;
}
