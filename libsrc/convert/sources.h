/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of a run, in order. A source is pending until it was read and all
 * of its jobs are collected. Then it is moved to the list of finished sources
 * on disk, so memory does not grow with the number of sources. It is pending
 * again while its deferred records are read.
 */
#ifndef CONVERT_SOURCES_H
#define CONVERT_SOURCES_H

#include "convert/finished_sources.h"
#include "convert/pending_sources.h"

struct sources;
struct scratch;

struct sources_options {
	/* Files are in the state folder dirfd or, if that is -1, without names
	 * in the folder of `scratch`, which is borrowed. */
	int dirfd;
	struct scratch *scratch;
	/* Number of the first source: the number of sources that the staging
	 * already has. */
	uint64_t first;
	/* Keep the coverage of each source until the end of the run. */
	bool keeps_census;
};

enum rc sources_create(
    struct sources **sp, const struct sources_options *o, struct err *e);
void sources_destroy(struct sources *s); /* takes NULL */

/* Append a pending source, which then owns the name. On failure the name is
 * freed. */
enum rc sources_add(struct sources *s, char *name,
    const char archive_sha256[DIGEST_HEX], struct pending_source **added,
    struct err *e);

/* The pending source that was added last, or NULL. */
struct pending_source *sources_last(const struct sources *s);

/* The number of pending sources, and the number of all sources, including those
 * that the staging already had. */
size_t sources_pending(const struct sources *s);
uint64_t sources_count(const struct sources *s);

/* Move pending sources that are done into the list of finished ones. */
enum rc sources_finish(struct sources *s, struct err *e);

/* Set the archive_sha256 of all sources with this number or a greater one. No
 * source may be pending. */
enum rc sources_set_archive(struct sources *s, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e);

/* For each of the two passes of deferred records: sources_reopen() makes the
 * finished source with this number pending again; numbers must increase from
 * call to call. sources_end_deferred() finishes the last one. */
enum rc sources_reopen(struct sources *s, uint64_t number,
    struct pending_source **found, struct err *e);
enum rc sources_end_deferred(struct sources *s, struct err *e);
/* Call it between the two passes of deferred records (deferred_reader.h). */
void sources_next_pass(struct sources *s);

/* Read the finished sources from the first one; RC_END after the last. */
void sources_rewind(struct sources *s);
enum rc sources_next(
    struct sources *s, struct finished_source *source, struct err *e);

/* Get the coverage of a finished source, which the caller destroys; NULL if it
 * has none, or keeps_census is false. */
enum rc sources_census(
    struct sources *s, uint64_t number, struct coverage **logs, struct err *e);

/* The first pending source, or NULL. Used after the run has failed. */
struct pending_source *sources_first_pending(const struct sources *s);

/* For checkpoints. Exactly one source must be pending, the one that is being
 * read. After reading it is pending again, and sources_next() reads the first
 * finished source. */
enum rc sources_write_state(
    struct sources *s, struct state_writer *w, struct err *e);
enum rc sources_read_state(
    struct sources *s, struct state_reader *r, struct err *e);

/* Remove all sources, after a checkpoint could not be read. */
void sources_forget(struct sources *s);

#endif
