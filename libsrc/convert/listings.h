/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run: sources.ndjson and logs.ndjson, the counts of the manifest,
 * and what the caller is told of each source.
 */
#ifndef CONVERT_LISTINGS_H
#define CONVERT_LISTINGS_H

#include "convert/damage_report.h"
#include "convert/options.h"
#include "convert/sources.h"
#include "convert/template_list.h"
#include "convert/unmatched.h"
#include "stage/manifest.h"
#include "stage/writer.h"

/* Borrowed. */
struct listings {
	const struct convert_options *o;
	struct writer *out;
	struct manifest *m;
	struct sources *sources;
	struct damage_report *damage;
	struct unmatched *unmatched;
	const struct template_catalog *templates; /* of the run, to list them;
						   * or NULL */
	struct account earlier; /* of the records that a staging had before */
};

/* Everything is read and collected. WHY_TAMPERED if the account of a source or
 * of the run does not add up: that is a bug. */
enum rc listings_write(const struct listings *l, struct err *e);

/* The run failed: count the sources that were read, and tell the caller. */
void listings_count_failed(const struct listings *l);

#endif
