/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs in an archive, each a source, and those in the archives in it.
 */
#ifndef CONVERT_MEMBERS_H
#define CONVERT_MEMBERS_H

#include "convert/source_reader.h"
#include "input/nested.h"

/* The reading of inputs; pointers are borrowed. */
struct intake {
	const struct convert_options *o;
	struct source_reader *reader;
	struct dispatch *dispatch;
	struct sources *sources;
	struct progress *progress;
	struct intake_state *state;
	struct spool spool;
	uint64_t without_logs; /* sources that are archives without logs */
};

/* Read the logs in an archive that is called `from->name`. */
enum rc members_read(
    struct intake *in, const struct unpack_from *from, struct err *e);

#endif
