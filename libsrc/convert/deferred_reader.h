/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the deferred records when all sources are read: now the templates of
 * the whole run are known.
 */
#ifndef CONVERT_DEFERRED_READER_H
#define CONVERT_DEFERRED_READER_H

#include "convert/dispatch.h"
#include "convert/options.h"
#include "convert/source_channel.h"
#include "convert/sources.h"

/* Borrowed. */
struct deferred_reader {
	const struct convert_options *o;
	struct writer *out;
	struct dispatch *dispatch;
	struct sources *sources;
	struct source_channel *channels; /* NULL: there are no queries */
	struct deferred_store *deferred;
};

/* No job may be out. First the records whose template is missing, then those
 * that are recovered; the lines of each go into segments of their own. */
enum rc deferred_reader_read(const struct deferred_reader *r, struct err *e);

#endif
