/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of a run, in their order. A source is pending while it is read
 * and until all of its jobs are collected; then it goes to the list of finished
 * sources on disk, so memory does not grow with the number of sources. It comes
 * back as a pending one while its deferred records are read.
 */
#ifndef CONVERT_SOURCES_H
#define CONVERT_SOURCES_H

#include "convert/finished_sources.h"
#include "convert/pending_sources.h"

struct sources;
struct scratch;

struct sources_options {
	int dirfd; /* of the state folder, or -1: files without names in */
	struct scratch *scratch; /* this folder; borrowed */
	uint64_t first;    /* number of the first source: how many there are */
	bool keeps_census; /* of each source, for sources_census() */
};

enum rc sources_create(
    struct sources **sp, const struct sources_options *o, struct err *e);
void sources_destroy(struct sources *s); /* takes NULL */

/* A new source behind the others; the name gets an owner, on failure, too. */
enum rc sources_add(struct sources *s, char *name,
    const char archive_sha256[DIGEST_HEX], struct pending_source **added,
    struct err *e);

/* The pending source that was added last, or NULL. */
struct pending_source *sources_last(const struct sources *s);

/* How many are pending, and how many there are with those of earlier runs. */
size_t sources_pending(const struct sources *s);
uint64_t sources_count(const struct sources *s);

/* Move pending sources that are done into the list of finished ones. */
enum rc sources_finish(struct sources *s, struct err *e);

/* Every source from that number on is out of an archive with this digest. None
 * may be pending. */
enum rc sources_set_archive(struct sources *s, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e);

/* Read deferred records: twice, once for each kind of them. Between begin and
 * end a source is reopened by its number; numbers must grow. */
void sources_begin_deferred(struct sources *s);
enum rc sources_reopen(struct sources *s, uint64_t number,
    struct pending_source **found, struct err *e);
enum rc sources_end_deferred(struct sources *s, struct err *e);
/* The first kind of deferred records is read. */
void sources_next_pass(struct sources *s);

/* Go through the finished sources: RC_END behind the last. */
void sources_rewind(struct sources *s);
enum rc sources_next(
    struct sources *s, struct finished_source *source, struct err *e);

/* The logs of a finished source, to be destroyed by the caller; NULL: it has
 * none, or they are not kept. */
enum rc sources_census(
    struct sources *s, uint64_t number, struct coverage **logs, struct err *e);

/* The first of the pending sources that are not finished yet, for a run that
 * failed. */
struct pending_source *sources_first_pending(const struct sources *s);

/* Checkpoints. All but the last pending source must be finished; that one is
 * the source that is being read. Reading leaves it pending, and sources_next()
 * at the first finished source. */
enum rc sources_write_state(
    struct sources *s, struct state_writer *w, struct err *e);
enum rc sources_read_state(
    struct sources *s, struct state_reader *r, struct err *e);

/* A checkpoint could not be read: there are no sources. */
void sources_forget(struct sources *s);

#endif
