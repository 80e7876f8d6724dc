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
#ifndef CONVERT_SOURCELOG_H
#define CONVERT_SOURCELOG_H

#include "convert/job.h"

struct sourcelog;

/* What is known of a source. */
struct sourcelog_of {
	bool decided;   /* no chunk is needed to tell */
	bool forwarded; /* a chunk says that it is a collector's */
};

/* `given`: --log-name, or NULL; borrowed, as the queries. */
enum rc sourcelog_create(struct sourcelog **sp, const struct queries *q,
    const char *given, struct err *e);
void sourcelog_destroy(struct sourcelog *s); /* takes NULL */

/* What the name of a source says. */
struct sourcelog_of sourcelog_by_name(
    const struct sourcelog *s, const char *name);

/* What its first chunk says; nothing, if no record of it can be read. */
enum rc sourcelog_look(struct sourcelog *s, const char *name,
    const struct chunk *c, struct sourcelog_of *of, struct err *e);

/* The channels of the queries that name the log. */
struct program_channels sourcelog_channels(
    const struct sourcelog *s, const char *name, const struct sourcelog_of *of);

/* The same for a job whose bytes are cut; looks at its chunks if need be. */
enum rc sourcelog_job(
    struct sourcelog *s, struct sourcelog_of *of, struct job *j, struct err *e);

#endif
