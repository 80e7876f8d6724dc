/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log that the records of a source lie in, for queries by channel. On a
 * collector a query for ForwardedEvents takes what lies in that log, whatever
 * channel the records were written to elsewhere; here the log is known by
 * --log-name, by the name of the file, or because the records of its first
 * chunk are of more than one channel or computer.
 *
 * The native decoder reads that chunk, whichever decoder the run has, so that
 * all of them select the same.
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

/* What the name of a source says. */
struct source_log source_channel_by_name(
    const struct source_channel *s, const char *name);

/* What its first chunk says; nothing, if no record of it can be read. */
enum rc source_channel_by_chunk(struct source_channel *s, const char *name,
    const struct chunk *c, struct source_log *of, struct err *e);

/* The channels of the queries that name the log. */
struct program_channels source_channel_mask(const struct source_channel *s,
    const char *name, const struct source_log *of);

/* The same for a job whose bytes are cut; looks at its chunks if need be. */
enum rc source_channel_of_job(struct source_channel *s, struct source_log *of,
    struct job *j, struct err *e);

#endif
