/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out which Windows log a source is, for the channels of queries. On a
 * collector, a query for ForwardedEvents selects all records in that log, to
 * whatever channel they were written on other computers. A source is this log
 * if --log-name or its file name says so, or if its first chunk has records of
 * more than one channel or computer.
 *
 * The native decoder reads this chunk, whichever decoder the run uses, so that
 * all decoders select the same records.
 */
#ifndef CONVERT_SOURCE_CHANNEL_H
#define CONVERT_SOURCE_CHANNEL_H

#include "convert/job.h"
#include "convert/pending_sources.h"
#include "select/select.h"

struct source_channel;

/* `given` is the value of --log-name, or NULL. It and the queries are borrowed.
 */
enum rc source_channel_create(struct source_channel **sp,
    const struct queries *q, const char *given, struct err *e);
void source_channel_destroy(struct source_channel *s); /* takes NULL */

/* What is known of a source's log from the source's name. */
struct source_log source_channel_by_name(
    const struct source_channel *s, const char *name);

/* Set `of` from the records of a chunk of the source. It stays undecided if no
 * record can be read. */
enum rc source_channel_by_chunk(struct source_channel *s, const char *name,
    const struct chunk *c, struct source_log *of, struct err *e);

/* The channel patterns of the queries that match the log. */
struct program_channels source_channel_mask(const struct source_channel *s,
    const char *name, const struct source_log *of);

/* Set j->log of a job whose bytes are filled in. Reads its chunks if `of` is
 * not decided. */
enum rc source_channel_of_job(struct source_channel *s, struct source_log *of,
    struct job *j, struct err *e);

#endif
