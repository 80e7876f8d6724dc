/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/intake.h"

/* Reports the progress while the digest of an archive is made. */
struct watch {
	const struct progress *progress;
	const struct input *cursor;
};

static void
report_progress(void *ctx)
{
	const struct watch *const w = ctx;

	progress_report(w->progress, input_bytes(w->cursor));
}

/* Set the digest of an archive in its sources. If the archive is read as a
 * stream, the digest is known only after its sources were read. */
static enum rc
set_archive(struct intake *in, const struct input_item *item, struct err *e)
{
	const uint64_t first = sources_count(in->sources) - item->items;

	const enum rc rc = dispatch_drain(in->dispatch, e);
	return rc == RC_OK ? sources_set_archive(
				 in->sources, first, item->archive_sha256, e)
			   : rc;
}

enum rc
intake_read(struct intake *in, const struct walk *walk, struct err *e)
{
	struct intake_state *const s = in->state;
	struct watch watch = { in->progress, NULL };
	const struct input_options o = {
		.unpack = &in->o->unpack,
		.nesting = in->o->nesting,
		.spool = &in->spool,
		.digests = in->o->digests,
		.filter = intake_state_filter(&in->o->names),
		.counts = &s->counts,
		.progress = report_progress,
		.ctx = &watch,
	};
	struct input *cursor = NULL;
	struct input_item *item;

	enum rc rc = input_open(&cursor, &o, walk, e);
	watch.cursor = cursor;
	if (rc == RC_OK && s->point.resumes)
		input_seek(cursor, &s->point.input);
	source_reader_set_input(in->reader, cursor);
	while (
	    rc == RC_OK && (rc = input_next_log(cursor, &item, e)) == RC_OK) {
		s->point.input = *input_position(cursor);
		rc = item->kind == INPUT_ARCHIVE_END
			 ? set_archive(in, item, e)
			 : source_reader_read(in->reader, item, e);
	}
	source_reader_set_input(in->reader, NULL);
	input_close(cursor);
	return rc == RC_END ? RC_OK : rc;
}
