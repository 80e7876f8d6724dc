/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/deferred_reader.h"

/* A pass through the deferred records, which reads only some kinds of records.
 */
struct pass {
	enum deferred_kind first; /* first kind of records that are read */
	enum deferred_kind last;  /* last kind of records that are read */
	/* "content" in the manifest for the segments of this pass. */
	const char *content;
	const struct template_catalog *templates;
};

/* Submit the next chunk with its records of the pass, ordered by kind, as a
 * job. RC_END after the last chunk. */
static enum rc
submit_chunk(
    const struct deferred_reader *r, const struct pass *pass, struct err *e)
{
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	struct deferred_chunk c = { .n = 0 };
	struct job *j;

	enum rc rc = dispatch_idle_job(r->dispatch, &j, e);
	if (rc != RC_OK)
		return rc;
	rc = deferred_store_next(r->deferred, &c, j->bytes, records, e);
	j->n_deferred = 0;
	for (enum deferred_kind k = pass->first; rc == RC_OK && k <= pass->last;
	     k++) {
		for (size_t i = 0; i < c.n_records; i++) {
			if (records[i].kind == k)
				job_defer(j, &(struct job_deferred){
						 0, c.n, records[i] });
		}
	}
	if (rc == RC_OK && j->failed) {
		*e = j->err;
		rc = e->rc;
	}
	if (rc != RC_OK || j->n_deferred == 0) {
		dispatch_return_job(r->dispatch, j);
		return rc;
	}
	rc = sources_reopen(r->sources, c.source, &j->pending, e);
	if (rc != RC_OK)
		return rc;
	j->templates = pass->templates;
	j->pending->out++;
	j->source = c.source;
	memcpy(j->sha256, j->pending->before, sizeof(j->sha256));
	j->name = j->pending->line.name;
	if (r->channels != NULL)
		j->log =
		    source_channel_mask(r->channels, j->name, &j->pending->log);
	j->offset = c.offset;
	dispatch_submit(r->dispatch, j);
	return options_check_stop(r->o, e);
}

static enum rc
read_pass(
    const struct deferred_reader *r, const struct pass *pass, struct err *e)
{
	uint64_t n = 0;

	for (enum deferred_kind k = pass->first; k <= pass->last; k++)
		n += deferred_store_count(r->deferred, k);
	if (n == 0)
		return RC_OK;
	enum rc rc = writer_turn(r->out, pass->content, e);
	deferred_store_rewind(r->deferred);
	sources_rewind(r->sources);
	while (rc == RC_OK)
		rc = submit_chunk(r, pass, e);
	if (rc == RC_END)
		rc = dispatch_drain(r->dispatch, e);
	return rc == RC_OK ? sources_end_deferred(r->sources, e) : rc;
}

enum rc
deferred_reader_read(const struct deferred_reader *r, struct err *e)
{
	struct template_catalog *templates;

	enum rc rc = dispatch_templates(r->dispatch, &templates, e);
	if (rc != RC_OK)
		return rc;
	rc = read_pass(r,
	    &(struct pass){
		DEFERRED_ORPHAN, DEFERRED_ORPHAN, "borrowed", templates },
	    e);
	sources_next_pass(r->sources);
	if (rc == RC_OK)
		rc = read_pass(r,
		    &(struct pass){ DEFERRED_HIDDEN, DEFERRED_INNER,
			"recovered", templates },
		    e);
	return rc;
}
