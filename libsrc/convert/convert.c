/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "convert/damage.h"
#include "convert/source.h"
#include "util/num.h"
#include "util/pool.h"
#include "util/text.h"

#define SLOTS_PER_JOB 2U
#define DAMAGE_MAX ((size_t)1 << 20)

/* What the main thread keeps of a source until its last job is taken. */
struct track {
	bool read;          /* to its end, or as far as it goes */
	size_t out;         /* jobs that are not taken yet */
	uint64_t unused;    /* bytes of zeros */
	uint64_t region_at; /* bytes that are no chunk, one after the other */
	uint64_t region_n;
	uint64_t last_time; /* of the last record with one */
	struct chunk_file header;
	char sha256[DIGEST_HEX]; /* for rows that show it, known before */
};

struct run {
	const struct convert_options *o;
	const struct walk *walk;
	struct writer *out;
	struct manifest *m;
	struct digest *digest;
	void **workers; /* struct worker */
	struct pool *pool;
	struct job *jobs;
	size_t *idle; /* numbers of jobs that nobody has */
	size_t n_idle;
	size_t slots;
	struct track *tracks;
	struct buf damage;
	uint64_t bytes;
	bool unclosed; /* an account did not close */
};

bool
convert_source_good(const struct manifest_source *s)
{
	return s->error == NULL && s->chunks_bad == 0 &&
	       s->account.damaged == 0 && s->account.regions == 0 &&
	       s->account.disagreements == 0 && s->account.one_sided == 0;
}

static void
warn(const struct run *r, const char *text)
{
	if (r->o->watch.warn != NULL)
		r->o->watch.warn(r->o->watch.ctx, text);
}

/* The first thing that is wrong with a source is what it is remembered for. */
static enum rc
spoil(struct run *r, size_t source, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[source];

	warn(r, e->text);
	if (s->error != NULL)
		return RC_OK;
	s->error = strdup(e->text);
	return s->error == NULL ? err_nomem(e) : RC_OK;
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
	buf_cut(&r->damage, 0);
	damage_put(&r->damage, &d, "bytes without the signature of a chunk");
	return writer_damage(r->out, buf_span(&r->damage), e);
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
	buf_cut(&r->damage, 0);
	damage_put(&r->damage, &d, why);
	return writer_damage(r->out, buf_span(&r->damage), e);
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
	return spoil(r, source, e);
}

/* All of a source is taken: its account must close, and segments that hold its
 * lines may get their names. */
static enum rc
end_source(struct run *r, size_t source, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[source];
	enum rc rc = judge_source(r, source, e);

	if (rc == RC_OK && s->error == NULL)
		rc = flush_region(r, source, e);
	if (rc == RC_OK && s->error == NULL)
		rc = check_length(r, source, e);
	if (rc != RC_OK)
		return rc;
	if (!account_closes(&s->account))
		r->unclosed = true;
	account_add(&r->m->account, &s->account);
	return writer_settle(r->out, e);
}

static enum rc
count_piece(struct run *r, const struct job *j, const struct job_piece *p,
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

/* Take the results of a job. */
static enum rc
consume(struct run *r, struct job *j, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[j->source];
	struct track *const t = &r->tracks[j->source];
	struct lines *const out = &j->out;
	enum rc rc = RC_OK;

	r->idle[r->n_idle++] = (size_t)(j - r->jobs);
	t->out--;
	if (j->failed) {
		*e = j->err;
		return e->rc;
	}
	for (size_t i = 0; rc == RC_OK && i < j->n_pieces; i++)
		rc = count_piece(r, j, &j->pieces[i], e);
	lines_patch(out, t->last_time);
	account_add(&s->account, &out->account);
	if (out->last_time != 0)
		t->last_time = out->last_time;
	if (rc == RC_OK)
		rc = writer_lines(
		    r->out, buf_span(&out->text), out->account.emitted, e);
	if (rc == RC_OK)
		rc = writer_damage(r->out, buf_span(&j->damage), e);
	if (rc == RC_OK && t->read && t->out == 0)
		rc = end_source(r, j->source, e);
	return rc;
}

/* An idle job; the oldest one out is taken when there is none. */
static enum rc
get_job(struct run *r, struct job **j, struct err *e)
{
	enum rc rc = RC_OK;

	if (r->n_idle == 0)
		rc = consume(r, pool_take(r->pool), e);
	if (rc == RC_OK)
		*j = &r->jobs[r->idle[--r->n_idle]];
	return rc;
}

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
	for (size_t i = 0; i < j->n_pieces; i++)
		j->pieces[i].cut = cuts[i];
	return RC_OK;
}

static enum rc
read_job(struct run *r, struct source *src, size_t source, struct err *e)
{
	struct job *j;

	enum rc rc = get_job(r, &j, e);
	if (rc != RC_OK)
		return rc;
	rc = fill_job(j, src, e);
	if (rc != RC_OK) {
		r->idle[r->n_idle++] = (size_t)(j - r->jobs);
		return rc;
	}
	j->source = source;
	j->name = r->m->sources[source].name;
	memcpy(j->sha256, r->tracks[source].sha256, sizeof(j->sha256));
	r->tracks[source].out++;
	pool_submit(r->pool, j);
	if (r->o->watch.progress != NULL)
		r->o->watch.progress(r->o->watch.ctx, r->bytes + src->at);
	if (r->o->stop != NULL && *r->o->stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	return RC_OK;
}

/* The digest of what could be read of a source that failed on the way. */
static enum rc
digest_part(struct run *r, const struct source *src, char sha256[DIGEST_HEX])
{
	struct err e;

	if (src->digest == NULL)
		return RC_OK;
	return digest_final_hex(r->digest, sha256, &e);
}

static bool
shows_digest(const struct run *r)
{
	return r->o->worker.record.line.provenance == SCHEMA_PROVENANCE_FULL;
}

/* Rows that show the digest of their source need it before it is read. What
 * cannot be read is found again, and reported, when it is. */
static enum rc
digest_before(struct run *r, size_t source, struct err *e)
{
	char *const sha256 = r->tracks[source].sha256;

	if (!shows_digest(r))
		return RC_OK;
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

	if (!shows_digest(r) ||
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
		rc = spoil(r, source, e);
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

static enum rc
do_source(struct run *r, size_t source, struct err *e)
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
		rc = spoil(r, source, e);
	t->read = true;
	if (rc == RC_OK && t->out == 0)
		rc = end_source(r, source, e);
	return rc;
}

static enum rc
start_worker(struct run *r, unsigned i, struct err *e)
{
	struct worker *w;

	const enum rc rc = worker_create(&w, &r->o->worker, e);
	r->workers[i] = w;
	return rc;
}

static enum rc
start_workers(struct run *r, struct err *e)
{
	const unsigned n = r->o->jobs;
	enum rc rc = RC_OK;

	r->workers = calloc(n, sizeof(*r->workers));
	r->slots = n == 1 ? 1 : (size_t)n * SLOTS_PER_JOB + 1;
	r->jobs = calloc(r->slots, sizeof(*r->jobs));
	r->idle = calloc(r->slots, sizeof(*r->idle));
	r->tracks = calloc(r->walk->n + 1, sizeof(*r->tracks));
	if (r->workers == NULL || r->jobs == NULL || r->idle == NULL ||
	    r->tracks == NULL)
		return err_nomem(e);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		rc = start_worker(r, i, e);
	for (size_t i = 0; rc == RC_OK && i < r->slots; i++) {
		rc = job_init(&r->jobs[i], e);
		r->idle[r->n_idle++] = i;
	}
	const struct pool_options po = {
		.threads = n,
		.slots = r->slots,
		.workers = r->workers,
		.work = worker_run,
	};
	return rc == RC_OK ? pool_create(&r->pool, &po, e) : rc;
}

static void
stop_workers(struct run *r)
{
	/* The pool first: its threads use what is freed below. */
	pool_destroy(r->pool);
	for (unsigned i = 0; r->workers != NULL && i < r->o->jobs; i++)
		worker_destroy(r->workers[i]);
	for (size_t i = 0; r->jobs != NULL && i < r->slots; i++)
		job_free(&r->jobs[i]);
	free(r->workers);
	free(r->jobs);
	free(r->idle);
	free(r->tracks);
	buf_reset(&r->damage);
	digest_destroy(r->digest);
}

static enum rc
convert_all(struct run *r, struct err *e)
{
	enum rc rc = digest_create(&r->digest, e);

	if (rc == RC_OK)
		rc = start_workers(r, e);
	for (size_t i = 0; rc == RC_OK && i < r->walk->n; i++)
		rc = do_source(r, i, e);
	while (rc == RC_OK && pool_out(r->pool) != 0)
		rc = consume(r, pool_take(r->pool), e);
	if (rc == RC_OK && (r->unclosed || !account_closes(&r->m->account)))
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the account of the records does not close: this is a bug "
		    "of evtxstage");
	return rc;
}

enum rc
convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e)
{
	struct run r = { .o = o, .walk = w, .out = out, .m = m };

	buf_init(&r.damage, DAMAGE_MAX);
	const enum rc rc = convert_all(&r, e);
	stop_workers(&r);
	return rc;
}
