/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one log after the other into jobs, each to its end or as far as
 * possible. A copy of a log that was read before is only listed. A checkpoint
 * may be written between two jobs.
 */
#ifndef CONVERT_SOURCE_READER_H
#define CONVERT_SOURCE_READER_H

#include "convert/checkpoint.h"
#include "convert/dispatch.h"
#include "convert/duplicate_sources.h"
#include "convert/progress.h"
#include "convert/source_channel.h"
#include "convert/source_status.h"
#include "convert/sources.h"

/* The parts of the run that the reader of sources uses; borrowed. */
struct source_reader_options {
	const struct convert_options *o;
	struct dispatch *dispatch;
	struct sources *sources;
	const struct source_status *status;
	/* Thread that digests sources; NULL: no digests are made. */
	struct digest_thread *digest;
	/* Sources read before; NULL: duplicate sources are read too. */
	struct duplicate_sources *duplicates;
	/* Channels of sources, to compare with queries; NULL: there are no
	 * queries. */
	struct source_channel *channels;
	/* Writer of checkpoints; NULL: no checkpoints are written. */
	struct checkpoint *checkpoint;
	struct progress *progress;
	struct intake_state *state;
	int dirfd; /* descriptor of the folder for temporary files, or -1 */
	uint64_t first; /* number of the first source of this run */
};

struct source_reader;

enum rc source_reader_create(struct source_reader **rp,
    const struct source_reader_options *o, struct err *e);
void source_reader_destroy(struct source_reader *r); /* takes NULL */

/* Set the cursor that finds the next sources, for messages and the progress. */
void source_reader_set_input(
    struct source_reader *r, const struct input *cursor);

/* Read the log of an item into jobs, or add a source for an input that cannot
 * be read or has no logs. The item's file may be closed. */
enum rc source_reader_read(
    struct source_reader *r, struct input_item *item, struct err *e);

#endif
