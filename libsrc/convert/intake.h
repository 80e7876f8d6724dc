/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the inputs of a run: each log that the cursor (input/input.h) finds
 * becomes a source.
 */
#ifndef CONVERT_INTAKE_H
#define CONVERT_INTAKE_H

#include "convert/source_reader.h"

/* The parts of the run that read the inputs; all pointers are borrowed. */
struct intake {
	const struct convert_options *o;
	struct source_reader *reader;
	struct dispatch *dispatch;
	struct sources *sources;
	struct progress *progress;
	struct intake_state *state;
	struct spool spool;
};

/* Read all inputs or, if the run is resumed, those from the checkpoint on. */
enum rc intake_read(struct intake *in, const struct walk *walk, struct err *e);

#endif
