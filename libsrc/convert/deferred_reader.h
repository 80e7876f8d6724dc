/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the deferred records after all sources were read, when the templates of
 * the whole run are known.
 */
#ifndef CONVERT_DEFERRED_READER_H
#define CONVERT_DEFERRED_READER_H

#include "convert/dispatch.h"
#include "convert/options.h"
#include "convert/source_channel.h"
#include "convert/sources.h"

/* The parts of the run that the reader of deferred records uses; borrowed. */
struct deferred_reader {
	const struct convert_options *o;
	struct writer *out;
	struct dispatch *dispatch;
	struct sources *sources;
	/* Channels of sources, to compare with queries; NULL: there are no
	 * queries. */
	struct source_channel *channels;
	struct deferred_store *deferred;
};

/* Read the records whose template is missing, then hidden and carved records.
 * The lines of both go into separate segments. No job may be in progress. */
enum rc deferred_reader_read(const struct deferred_reader *r, struct err *e);

#endif
