/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run: writes sources.ndjson and logs.ndjson, sets the counts of
 * the manifest, and shows each source to the caller.
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

/* The parts of the run that are needed to write the listings; borrowed. */
struct listings {
	const struct convert_options *o;
	struct writer *out;
	struct manifest *m;
	struct sources *sources;
	struct damage_report *damage;
	struct unmatched *unmatched;
	/* Templates that the run has read, to list them in the manifest; NULL:
	 * not listed. */
	const struct template_catalog *templates;
	/* Record counts of the staging before this run added to it. */
	struct account earlier;
};

/* Call it when everything was read and collected. WHY_TAMPERED if the record
 * counts of a source or of the run do not add up, which is a bug. */
enum rc listings_write(const struct listings *l, struct err *e);

/* Set the counts of the manifest and show the sources that were read, if the
 * run failed. */
void listings_count_failed(const struct listings *l);

#endif
