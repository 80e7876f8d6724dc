/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to a source when it is done: it leaves memory for the source
 * log, comes back for records that were set aside, and becomes a line of
 * sources.ndjson.
 */
#ifndef CONVERT_SOURCES_H
#define CONVERT_SOURCES_H

#include "convert/inner.h"

/* Put the sources that are done, in their order, into the list of finished
 * sources. */
enum rc sources_close(struct run *r, struct err *e);

/* The source with that number, as a live one, for records that were set aside:
 * numbers grow until sources_late_end(). */
enum rc sources_late(struct run *r, uint64_t number,
    struct pending_source **found, struct err *e);
enum rc sources_late_end(struct run *r, struct err *e);

/* Everything is read: write sources.ndjson and logs.ndjson, tell of each source
 * and count all of them in the manifest. */
enum rc sources_write(struct run *r, struct err *e);

/* The run failed: tell of the sources that were read, and count them. */
void sources_tell(struct run *r);

#endif
