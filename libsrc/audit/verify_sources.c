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
	/* Error of the first line of sources.ndjson that is not valid. */
	struct err wrong;
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

/* Read and check the record counts of a source or of the run. */
static enum rc
check_account(const struct cJSON *of, struct account_sums *s, struct err *e)
{
	const enum rc rc = account_sums_read(json_get(of, "accounting"), s, e);

	return rc == RC_OK ? account_sums_balance(s, e) : rc;
}

/* After the first line that is not valid, lines are read only to compute the
 * digest of the file. */
static enum rc
visit_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct reading *const in = arg;
	struct verify_source one;
	struct source_entry entry;
	struct cJSON *o = NULL;

	if (in->wrong.rc != RC_OK)
		return RC_OK;
	memset(&one, 0, sizeof(one));
	if (json_parse(line->text, "sources.ndjson", &o, &in->wrong) != RC_OK)
		return in->wrong.why == WHY_MEMORY ? err_nomem(e) : RC_OK;
	enum rc rc = RC_OK;
	if (source_entry_read(o, &entry, &in->wrong) == RC_OK) {
		struct finding_draft l =
		    finding_start(in->visit, FINDING_SUMS, entry.name);
		rc =
		    finding_report(&l, check_account(o, &one.whole, &l.err), e);
		account_sums_add(&in->total, &one.whole);
		one.name = mix_bytes(0, span_str(entry.name));
		one.chunks = entry.chunks;
		one.bad = entry.chunks_bad;
		if (rc == RC_OK)
			rc = verify_sources_put(
			    in->sources, in->sources->n++, &one, e);
	}
	json_free(o);
	return rc;
}

enum rc
verify_sources(const struct reader *r, const struct finding_visit *visit,
    struct verify_sources *s, struct err *e)
{
	struct reading in = { .sources = s, .visit = visit };
	const struct scan_visit lines = { visit_line, &in };
	const bool listed =
	    json_get(reader_manifest(r), SIDECAR_SOURCES) != NULL;
	struct account_sums whole;
	enum rc rc = RC_OK;

	if (listed) {
		struct finding_draft l =
		    finding_start(visit, FINDING_SOURCES, "sources.ndjson");
		rc = verify_sidecar(r, &l, SIDECAR_SOURCES, &lines);
		if (rc == RC_OK && in.wrong.rc != RC_OK)
			rc = err_set(&l.err, RC_FATAL, WHY_TAMPERED,
			    "line %llu of sources.ndjson: %.400s",
			    (unsigned long long)s->n + 1, in.wrong.text);
		rc = finding_report(&l, rc, e);
		if (rc != RC_OK)
			return rc;
	}
	struct finding_draft run =
	    finding_start(visit, FINDING_SUMS, "the run");
	rc = check_account(reader_manifest(r), &whole, &run.err);
	if (rc == RC_OK && listed)
		rc = account_sums_compare(
		    &whole, &in.total, "sources.ndjson", &run.err);
	return finding_report(&run, rc, e);
}
