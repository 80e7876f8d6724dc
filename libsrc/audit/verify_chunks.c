/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify_chunks.h"
#include "audit/verify_sidecar.h"
#include "util/json.h"
#include "util/mix.h"

#define CHUNKS "chunks.ndjson"

struct reading {
	struct verify_sources *sources;
	uint64_t line; /* number of the line in chunks.ndjson */
	/* Number of lines of the staging that belong to the chunks read so far.
	 */
	uint64_t lines;
	struct err wrong; /* the first error in chunks.ndjson */
};

/* The lines of a chunk must follow those of the chunks before it. */
static enum rc
check_lines(struct reading *in, const struct cJSON *o,
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
		    "\"first_line\" is %llu, but the lines before end with "
		    "%llu",
		    (unsigned long long)first, (unsigned long long)in->lines);
	in->lines += n;
	return RC_OK;
}

static enum rc
check_chunk(struct reading *in, const struct cJSON *o, struct err *e)
{
	const bool sound = json_is_true(json_get(o, "crc_ok"));
	const char *const name = json_text(o, "source");
	struct verify_source source;
	uint64_t number = 0;
	struct account_sums s;

	enum rc rc = json_need_u64(o, "source_number", &number, e);
	if (rc == RC_OK && number >= in->sources->n)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "\"source_number\" is %llu, but there are %llu sources",
		    (unsigned long long)number,
		    (unsigned long long)in->sources->n);
	if (rc == RC_OK)
		rc = account_sums_read(json_get(o, "accounting"), &s, e);
	if (rc == RC_OK)
		rc = account_sums_balance(&s, e);
	if (rc == RC_OK)
		rc = account_sums_check_unchecked(&s, sound, e);
	if (rc == RC_OK)
		rc = check_lines(in, o, &s, e);
	if (rc == RC_OK)
		rc = verify_sources_get(in->sources, number, &source, e);
	if (rc == RC_OK &&
	    (name == NULL || mix_bytes(0, span_str(name)) != source.name))
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "its source is %.200s, which is not the name of source "
		    "%llu",
		    name == NULL ? "missing" : name,
		    (unsigned long long)number);
	if (rc != RC_OK)
		return rc;
	account_sums_add(&source.seen, &s);
	/* A line with `content` is an additional line of a chunk, for records
	 * that were read after the others. */
	if (json_get(o, "content") == NULL) {
		source.chunks_seen++;
		source.bad_seen += sound ? 0 : 1;
	}
	return verify_sources_put(in->sources, number, &source, e);
}

/* After the first error, lines are read only to compute the digest of the file.
 */
static enum rc
visit_line(void *arg, const struct scan_line *line, struct err *e)
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
compare_count(const char *name, uint64_t said, uint64_t seen, struct err *e)
{
	if (said == seen)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "\"%s\" is %llu, but " CHUNKS " has %llu", name,
	    (unsigned long long)said, (unsigned long long)seen);
}

/* Compare the sums over all chunks with the counts of their sources and of the
 * staging. */
static enum rc
compare_sums(const struct reader *r, const struct reading *in, struct err *e)
{
	struct verify_source s;
	struct err why;

	if (in->wrong.rc != RC_OK) {
		*e = in->wrong;
		return RC_FATAL;
	}
	if (in->lines != reader_lines(r))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the staging has %llu lines, but " CHUNKS " has %llu",
		    (unsigned long long)reader_lines(r),
		    (unsigned long long)in->lines);
	for (uint64_t i = 0; i < in->sources->n; i++) {
		if (verify_sources_get(in->sources, i, &s, e) != RC_OK)
			return e->rc;
		err_clear(&why);
		enum rc rc =
		    account_sums_compare(&s.whole, &s.seen, CHUNKS, &why);
		if (rc == RC_OK)
			rc = compare_count(
			    "chunks", s.chunks, s.chunks_seen, &why);
		if (rc == RC_OK)
			rc = compare_count(
			    "chunks_bad", s.bad, s.bad_seen, &why);
		if (rc != RC_OK)
			return err_set(e, RC_FATAL, why.why, "source %llu: %s",
			    (unsigned long long)i, why.text);
	}
	return RC_OK;
}

enum rc
verify_chunks(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e)
{
	struct finding_draft l = finding_start(visit, FINDING_CHUNKS, CHUNKS);
	struct reading in = { .sources = s };
	const struct scan_visit lines = { visit_line, &in };

	if (json_get(reader_manifest(r), SIDECAR_CHUNKS) == NULL)
		return RC_OK;
	enum rc rc = verify_sidecar(r, &l, SIDECAR_CHUNKS, &lines);
	if (rc == RC_OK)
		rc = compare_sums(r, &in, &l.err);
	return finding_report(&l, rc, e);
}
