/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Windows log that a source is, for queries by channel. On a collector, a
 * query for ForwardedEvents selects all records in that log, whatever channel
 * they were written to on other computers. A source is known to be that log by
 * --log-name, by its file name, or because the records of its first chunk are
 * of more than one channel or computer.
 *
 * The native decoder reads that chunk, whichever decoder the run uses, so that
 * all decoders select the same records.
 */
#ifndef CONVERT_SOURCE_CHANNEL_H
#define CONVERT_SOURCE_CHANNEL_H

#include "convert/job.h"
#include "convert/pending_sources.h"
#include "select/select.h"

struct source_channel;

/* `given`: --log-name, or NULL; borrowed, as the queries. */
enum rc source_channel_create(struct source_channel **sp,
    const struct queries *q, const char *given, struct err *e);
void source_channel_destroy(struct source_channel *s); /* takes NULL */

/* What is known from the name of a source. */
struct source_log source_channel_by_name(
    const struct source_channel *s, const char *name);

/* What is known from its first chunk: nothing if no record can be read. */
enum rc source_channel_by_chunk(struct source_channel *s, const char *name,
    const struct chunk *c, struct source_log *of, struct err *e);

/* The channels of the queries that name the log. */
struct program_channels source_channel_mask(const struct source_channel *s,
    const char *name, const struct source_log *of);

/* The same for a job that is filled; reads its chunks if they are needed. */
enum rc source_channel_of_job(struct source_channel *s, struct source_log *of,
    struct job *j, struct err *e);

#endif
