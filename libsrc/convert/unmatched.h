/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warns if an event set or queries select nothing, and if queries name channels
 * that the input does not have: with a misspelt channel the computer would look
 * quiet.
 */
#ifndef CONVERT_UNMATCHED_H
#define CONVERT_UNMATCHED_H

#include "convert/finished_sources.h"
#include "convert/options.h"
#include "convert/source_channel.h"
#include "stage/manifest.h"

struct unmatched {
	const struct convert_options *o;
	/* Channels of sources, to compare with queries; NULL: there are no
	 * queries. */
	const struct source_channel *channels;
	/* Channel patterns of the queries that match the log of any source. */
	struct program_channels found;
};

/* Count a finished source. */
void unmatched_add_source(struct unmatched *u, const struct finished_source *s);

/* Call it when all sources are counted. */
void unmatched_warn(const struct unmatched *u, const struct manifest *m);

#endif
