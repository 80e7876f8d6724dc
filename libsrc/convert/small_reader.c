/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/small_reader.h"
#include "convert/small_source.h"
#include "convert/source_reader.h"

/* Submit the job of a source that was read. Its worker makes the digest; until
 * then it is not known if the source is a copy. */
static enum rc
submit(const struct source_reader_options *o, struct pending_source *s,
    struct job *j, struct err *e)
{
	const size_t n = (size_t)s->line.bytes;
	enum rc rc = RC_OK;

	j->pending = s;
	j->source = s->number;
	j->name = s->line.name;
	j->sha256[0] = '\0';
	s->digesting = o->o->digests || options_show_digest(o->o);
	j->whole = s->digesting ? n : 0;
	j->doubtful = false;
	if (o->duplicates != NULL) {
		s->head = duplicate_sources_head_sum(
		    span_of(j->bytes, SOURCE_HEAD_BYTES));
		rc = duplicate_sources_add_head(
		    o->duplicates, s->head, &j->doubtful, e);
	}
	if (rc == RC_OK && o->channels != NULL)
		rc = source_channel_of_job(o->channels, &s->log, j, e);
	if (rc != RC_OK)
		return rc;
	s->whole = true;
	s->out++;
	if (o->checkpoint != NULL)
		checkpoint_count(o->checkpoint, n);
	dispatch_submit_small(o->dispatch, j, n);
	return RC_OK;
}

enum rc
small_reader_read(const struct source_reader_options *o,
    const struct small_input *in, struct pending_source *s, bool *done,
    struct err *e)
{
	struct small_source file;
	struct job *j;

	*done = false;
	if (!small_source_init(&file, in->fd, in->path))
		return RC_OK;
	enum rc rc = dispatch_small_job(o->dispatch, file.n, &j, e);
	if (rc != RC_OK || !small_source_read(&file, j, &s->header))
		return rc;
	*done = true;
	s->line.bytes = file.n;
	rc = submit(o, s, j, e);
	o->progress->now.name = s->line.name;
	progress_report(o->progress, in->before + file.n);
	return rc;
}
