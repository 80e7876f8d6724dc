/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings about an event set and queries that select nothing, and about
 * channels of queries that the input does not have: a misspelt channel must not
 * look like a quiet computer.
 */
#ifndef CONVERT_UNMATCHED_H
#define CONVERT_UNMATCHED_H

#include "convert/finished_sources.h"
#include "convert/options.h"
#include "convert/source_channel.h"
#include "stage/manifest.h"

struct unmatched {
	const struct convert_options *o;
	const struct source_channel *channels; /* NULL: there are no queries */
	struct program_channels found; /* of the queries, by names of sources */
};

/* Count a finished source. */
void unmatched_add_source(struct unmatched *u, const struct finished_source *s);

/* When all sources are counted. */
void unmatched_warn(const struct unmatched *u, const struct manifest *m);

#endif
