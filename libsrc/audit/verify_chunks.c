/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify_chunks.h"
#include "audit/verify_sidecar.h"
#include "util/json.h"
#include "util/mix.h"

#define CHUNKS "chunks.ndjson"

struct reading {
	struct verify_sources *sources;
	uint64_t line;    /* of the report */
	uint64_t lines;   /* of the staging that were named */
	struct err wrong; /* the first thing */
};

/* The lines of a chunk come behind those of the chunks before. */
static enum rc
check_place(struct reading *in, const struct cJSON *o,
    const struct account_sums *s, struct err *e)
{
	const uint64_t n = account_sums_lines(s);
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
check_name(const struct verify_source *s, uint64_t number,
    const struct cJSON *o, struct err *e)
{
	const char *const said = json_text(o, "source");

	if (said != NULL && mix_bytes(0, span_str(said)) == s->name)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "its source is %.200s, which is not the name of source %llu",
	    said == NULL ? "nothing" : said, (unsigned long long)number);
}

/* Records that were read apart have one more line for their chunk. */
static void
count_chunk(struct verify_source *s, const struct cJSON *o)
{
	if (json_get(o, "content") != NULL)
		return;
	s->chunks_seen++;
	s->bad_seen += json_is_true(json_get(o, "crc_ok")) ? 0 : 1;
}

static enum rc
check_chunk(struct reading *in, const struct cJSON *o, struct err *e)
{
	struct verify_source one;
	uint64_t source = 0;
	struct account_sums s;

	enum rc rc = json_need_u64(o, "source_number", &source, e);
	if (rc == RC_OK && source >= in->sources->n)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it is of source %llu of %llu", (unsigned long long)source,
		    (unsigned long long)in->sources->n);
	if (rc == RC_OK)
		rc = account_sums_read(json_get(o, "accounting"), &s, e);
	if (rc == RC_OK)
		rc = account_sums_balance(&s, e);
	if (rc == RC_OK)
		rc = account_sums_check_unchecked(
		    &s, json_is_true(json_get(o, "crc_ok")), e);
	if (rc == RC_OK)
		rc = check_place(in, o, &s, e);
	if (rc == RC_OK)
		rc = verify_sources_get(in->sources, source, &one, e);
	if (rc == RC_OK)
		rc = check_name(&one, source, o, e);
	if (rc != RC_OK)
		return rc;
	account_sums_add(&one.seen, &s);
	count_chunk(&one, o);
	return verify_sources_put(in->sources, source, &one, e);
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
compare_count(const char *name, uint64_t said, uint64_t here, struct err *e)
{
	if (said == here)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "\"%s\" is %llu, in " CHUNKS " it is %llu", name,
	    (unsigned long long)said, (unsigned long long)here);
}

static enum rc
compare_source(const struct verify_source *s, struct err *e)
{
	enum rc rc = account_sums_compare(&s->whole, &s->seen, CHUNKS, e);

	if (rc == RC_OK)
		rc = compare_count("chunks", s->chunks, s->chunks_seen, e);
	return rc == RC_OK ? compare_count("chunks_bad", s->bad, s->bad_seen, e)
			   : rc;
}

static enum rc
compare_sources(const struct reading *in, struct err *e)
{
	struct verify_source one;
	struct err why;

	for (uint64_t i = 0; i < in->sources->n; i++) {
		if (verify_sources_get(in->sources, i, &one, e) != RC_OK)
			return e->rc;
		err_clear(&why);
		if (compare_source(&one, &why) != RC_OK)
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

enum rc
verify_chunks(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e)
{
	const struct cJSON *const root = reader_manifest(r);
	struct finding_draft l = finding_start(visit, FINDING_CHUNKS, CHUNKS);
	struct reading in = { .sources = s };
	const struct scan_visit lines = { take_line, &in };

	if (json_get(root, SIDECAR_CHUNKS) == NULL)
		return RC_OK;
	enum rc rc = verify_sidecar(r, &l, SIDECAR_CHUNKS, &lines);
	if (rc == RC_OK)
		rc = check_all(r, &in, &l.err);
	return finding_report(&l, rc, e);
}
