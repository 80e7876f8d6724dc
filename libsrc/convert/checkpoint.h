/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints: the state of the main thread at a moment when no job is in
 * progress, as text in state/checkpoint (util/state_codec.h). A run with the
 * same options and inputs resumes from its last checkpoint.
 */
#ifndef CONVERT_CHECKPOINT_H
#define CONVERT_CHECKPOINT_H

#include "convert/damage_report.h"
#include "convert/dispatch.h"
#include "convert/duplicate_records.h"
#include "convert/duplicate_sources.h"
#include "convert/inputs.h"
#include "convert/intake_state.h"
#include "convert/options.h"
#include "convert/sources.h"
#include "stage/manifest.h"

/* The parts of the run whose state a checkpoint contains; borrowed. */
struct checkpoint_parts {
	const struct convert_options *o;
	const struct manifest *m;
	const struct walk *walk;
	struct writer *out;
	struct dispatch *dispatch;
	struct sources *sources;
	struct duplicate_sources *duplicate_sources;
	struct duplicate_records *duplicate_records;
	struct damage_report *damage;
	struct deferred_store *deferred;
	struct digest_thread *digest;
	struct intake_state *state;
};

struct checkpoint;

enum rc checkpoint_create(struct checkpoint **cp,
    const struct checkpoint_parts *parts, struct err *e);
void checkpoint_destroy(struct checkpoint *c); /* takes NULL */

/* Count bytes of the input that were read. checkpoint_is_due() is true if
 * options.checkpoint bytes were counted since the last checkpoint. */
void checkpoint_count(struct checkpoint *c, uint64_t bytes);
bool checkpoint_is_due(const struct checkpoint *c);

/* Write a checkpoint while a source is read. No job may be in progress. */
enum rc checkpoint_write(
    struct checkpoint *c, struct source *src, struct err *e);

/* Restore the state from the checkpoint of an interrupted run, if there is one,
 * and set state->point.resumes. WHY_EXISTS: the options or the inputs differ
 * from those of that run, or another version of evtxstage wrote it. */
enum rc checkpoint_resume(struct checkpoint *c, struct err *e);

#endif
