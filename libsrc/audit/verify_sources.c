/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "audit/verify_sidecar.h"
#include "audit/verify_sources.h"
#include "stage/source_entry.h"
#include "util/json.h"
#include "util/mix.h"
#include "util/pages.h"

struct reading {
	struct verify_sources *sources;
	const struct finding_visit *visit;
	struct account_sums total;
	struct err wrong; /* the first line that is not one of a source */
};

enum rc
verify_sources_get(struct verify_sources *s, uint64_t number,
    struct verify_source *one, struct err *e)
{
	return pages_read(
	    s->pages, number * sizeof(*one), one, sizeof(*one), e);
}

enum rc
verify_sources_put(struct verify_sources *s, uint64_t number,
    const struct verify_source *one, struct err *e)
{
	return pages_write(
	    s->pages, number * sizeof(*one), span_of(one, sizeof(*one)), e);
}

/* Of a source, or of the run. */
static enum rc
check_sum(const struct cJSON *of, struct account_sums *s, struct err *e)
{
	const enum rc rc = account_sums_read(json_get(of, "accounting"), s, e);

	return rc == RC_OK ? account_sums_balance(s, e) : rc;
}

static enum rc
check_source(struct reading *in, const struct cJSON *o, struct err *e)
{
	struct verify_source one;
	struct source_entry line;

	memset(&one, 0, sizeof(one));
	if (source_entry_read(o, &line, &in->wrong) != RC_OK)
		return RC_OK;
	struct finding_draft l =
	    finding_start(in->visit, FINDING_SUMS, line.name);
	enum rc rc = finding_report(&l, check_sum(o, &one.whole, &l.err), e);
	if (rc != RC_OK)
		return rc;
	account_sums_add(&in->total, &one.whole);
	one.name = mix_bytes(0, span_str(line.name));
	one.chunks = line.chunks;
	one.bad = line.chunks_bad;
	return verify_sources_put(in->sources, in->sources->n++, &one, e);
}

/* All lines are read for the digest; what is wrong first is kept. */
static enum rc
take_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct reading *const in = arg;
	struct cJSON *o = NULL;

	if (in->wrong.rc != RC_OK)
		return RC_OK;
	enum rc rc = json_parse(line->text, "sources.ndjson", &o, &in->wrong);
	if (rc != RC_OK && in->wrong.why == WHY_MEMORY)
		return err_nomem(e);
	rc = rc == RC_OK ? check_source(in, o, e) : RC_OK;
	json_free(o);
	return rc;
}

static enum rc
check_run(const struct reader *r, const struct reading *in,
    const struct finding_visit *visit, struct err *e)
{
	struct finding_draft run =
	    finding_start(visit, FINDING_SUMS, "the run");
	struct account_sums whole;

	enum rc rc = check_sum(reader_manifest(r), &whole, &run.err);
	if (rc == RC_OK && in != NULL)
		rc = account_sums_compare(
		    &whole, &in->total, "the sources", &run.err);
	return finding_report(&run, rc, e);
}

enum rc
verify_sources(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e)
{
	struct finding_draft l =
	    finding_start(visit, FINDING_SOURCES, "sources.ndjson");
	struct reading in = { .sources = s, .visit = visit };
	const struct scan_visit lines = { take_line, &in };

	if (json_get(reader_manifest(r), SIDECAR_SOURCES) == NULL)
		return check_run(r, NULL, visit, e);
	enum rc rc = verify_sidecar(r, &l, SIDECAR_SOURCES, &lines);
	if (rc == RC_OK && in.wrong.rc != RC_OK)
		rc = err_set(&l.err, RC_FATAL, WHY_TAMPERED,
		    "line %llu of sources.ndjson: %.400s",
		    (unsigned long long)s->n + 1, in.wrong.text);
	rc = finding_report(&l, rc, e);
	return rc == RC_OK ? check_run(r, &in, visit, e) : rc;
}
