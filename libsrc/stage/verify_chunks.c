/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks.ndjson: each line is an account that closes, those of a source add up
 * to its own, and the lines of the staging that they name follow each other.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage/sums.h"
#include "stage/verify_inner.h"
#include "util/json.h"

#define CHUNKS "chunks.ndjson"

/* A source, and what its lines are so far. */
struct part {
	const struct cJSON *source;
	struct sums sums;
	uint64_t chunks;
	uint64_t bad;
};

struct reading {
	struct part *sources;
	uint64_t n_sources;
	uint64_t line;    /* of the report */
	uint64_t lines;   /* of the staging that were named */
	struct err wrong; /* the first thing */
};

/* The lines of a chunk come behind those of the chunks before. */
static enum rc
check_place(struct reading *in, const struct cJSON *o, const struct sums *s,
    struct err *e)
{
	const uint64_t n = sums_lines(s);
	uint64_t first = 0;

	if (n == 0)
		return RC_OK;
	const enum rc rc = json_need_u64(o, "first_line", &first, e);
	if (rc != RC_OK)
		return rc;
	if (first != in->lines + 1)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "its lines begin with %llu, those before end with %llu",
		    (unsigned long long)first, (unsigned long long)in->lines);
	in->lines += n;
	return RC_OK;
}

static enum rc
check_name(const struct part *p, const struct cJSON *o, struct err *e)
{
	const char *const name = json_text(p->source, "name");
	const char *const said = json_text(o, "source");

	if (name != NULL && said != NULL && strcmp(name, said) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "its source is %.200s, by its number it is %.200s",
	    said == NULL ? "nothing" : said, name == NULL ? "nothing" : name);
}

/* Records that were read apart have one more line for their chunk. */
static void
count_chunk(struct part *p, const struct cJSON *o)
{
	if (json_get(o, "content") != NULL)
		return;
	p->chunks++;
	p->bad += json_is_true(json_get(o, "crc_ok")) ? 0 : 1;
}

static enum rc
check_chunk(struct reading *in, const struct cJSON *o, struct err *e)
{
	uint64_t source = 0;
	struct sums s;

	enum rc rc = json_need_u64(o, "source_number", &source, e);
	if (rc == RC_OK && source >= in->n_sources)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it is of source %llu of %llu", (unsigned long long)source,
		    (unsigned long long)in->n_sources);
	if (rc == RC_OK)
		rc = sums_read(json_get(o, "accounting"), &s, e);
	if (rc == RC_OK)
		rc = sums_close(&s, e);
	if (rc == RC_OK)
		rc = sums_check(&s, json_is_true(json_get(o, "crc_ok")), e);
	if (rc == RC_OK)
		rc = check_place(in, o, &s, e);
	if (rc == RC_OK)
		rc = check_name(&in->sources[source], o, e);
	if (rc != RC_OK)
		return rc;
	sums_add(&in->sources[source].sums, &s);
	count_chunk(&in->sources[source], o);
	return RC_OK;
}

/* All lines are read for the digest; what is wrong first is kept. */
static enum rc
take_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct reading *const in = arg;
	struct cJSON *o = NULL;
	struct err why;

	in->line++;
	if (in->wrong.rc != RC_OK)
		return RC_OK;
	err_clear(&why);
	enum rc rc = json_parse(line->text, CHUNKS, &o, &why);
	if (rc == RC_OK)
		rc = check_chunk(in, o, &why);
	json_free(o);
	if (rc != RC_OK && why.why == WHY_MEMORY) {
		*e = why;
		return rc;
	}
	if (rc != RC_OK)
		(void)err_set(&in->wrong, RC_FATAL, WHY_TAMPERED,
		    "line %llu of " CHUNKS ": %s", (unsigned long long)in->line,
		    why.text);
	return RC_OK;
}

static enum rc
compare_count(
    const struct part *p, const char *name, uint64_t here, struct err *e)
{
	uint64_t n = 0;
	const enum rc rc = json_need_u64(p->source, name, &n, e);

	if (rc != RC_OK || n == here)
		return rc;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "\"%s\" is %llu, in " CHUNKS " it is %llu", name,
	    (unsigned long long)n, (unsigned long long)here);
}

static enum rc
compare_source(const struct part *p, struct err *e)
{
	struct sums whole;

	enum rc rc = sums_read(json_get(p->source, "accounting"), &whole, e);
	if (rc == RC_OK)
		rc = sums_compare(&whole, &p->sums, CHUNKS, e);
	if (rc == RC_OK)
		rc = compare_count(p, "chunks", p->chunks, e);
	return rc == RC_OK ? compare_count(p, "chunks_bad", p->bad, e) : rc;
}

static enum rc
compare_sources(const struct reading *in, struct err *e)
{
	struct err why;

	for (uint64_t i = 0; i < in->n_sources; i++) {
		err_clear(&why);
		if (compare_source(&in->sources[i], &why) != RC_OK)
			return err_set(e, RC_FATAL, why.why, "source %llu: %s",
			    (unsigned long long)i, why.text);
	}
	return RC_OK;
}

static enum rc
check_all(const struct reader *r, const struct reading *in, struct err *e)
{
	if (in->wrong.rc != RC_OK) {
		*e = in->wrong;
		return RC_FATAL;
	}
	if (in->lines != reader_lines(r))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the staging has %llu lines, those in " CHUNKS " are %llu",
		    (unsigned long long)reader_lines(r),
		    (unsigned long long)in->lines);
	return compare_sources(in, e);
}

static enum rc
list_sources(struct reading *in, const struct cJSON *list, struct err *e)
{
	uint64_t n = 0;

	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v))
		n++;
	in->sources = calloc(n + 1, sizeof(*in->sources));
	if (in->sources == NULL)
		return err_nomem(e);
	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v))
		in->sources[in->n_sources++].source = v;
	return RC_OK;
}

enum rc
verify_chunks(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const root = reader_manifest(r);
	struct verify_look l = verify_look_at(visit, VERIFY_CHUNKS, CHUNKS);
	struct reading in = { .sources = NULL };
	const struct scan_visit lines = { take_line, &in };

	/* Those of earlier versions have none. */
	if (json_get(root, "chunks") == NULL)
		return RC_OK;
	if (list_sources(&in, json_get(root, "sources"), e) != RC_OK)
		return e->rc;
	enum rc rc = verify_file(r, &l, json_get(root, "chunks"), &lines);
	if (rc == RC_OK)
		rc = check_all(r, &in, &l.err);
	free(in.sources);
	return verify_told(&l, rc, e);
}
