/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of a run that are finished, in state/sources or, without a
 * staging directory, in a temporary file. They become sources.ndjson when
 * everything is read: deferred records change the accounts of sources that were
 * finished long before.
 */
#ifndef CONVERT_FINISHED_SOURCES_H
#define CONVERT_FINISHED_SOURCES_H

#include "convert/pending_sources.h"
#include "stage/source_entry.h"
#include "util/state_codec.h"

struct scratch;
struct finished_sources;

struct finished_source {
	uint64_t number;
	struct source_entry line; /* texts live until the next call */
	char before[DIGEST_HEX];  /* from here as in struct pending_source */
	uint64_t first_time;
	uint64_t head;
	bool whole;
	struct source_log log;
};

/* The file is `sources` below dirfd or, if that is -1, one without a name in
 * the folder `dir`, which is borrowed. Numbers start with `first`. */
enum rc finished_sources_create(struct finished_sources **lp, int dirfd,
    struct scratch *scratch, uint64_t first, struct err *e);
void finished_sources_destroy(struct finished_sources *l); /* takes NULL */

/* Append a source; its number follows that of the one before. */
enum rc finished_sources_add(
    struct finished_sources *l, const struct finished_source *r, struct err *e);

/* Read from the first source: RC_END behind the last. */
void finished_sources_rewind(struct finished_sources *l);
enum rc finished_sources_next(
    struct finished_sources *l, struct finished_source *r, struct err *e);

/* Set the digest of the archive of all sources from that number on. */
enum rc finished_sources_set_archive(struct finished_sources *l, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e);

/* Add to the account of a finished source. Numbers must grow, until
 * finished_sources_next_pass(). */
enum rc finished_sources_add_deferred(
    struct finished_sources *l, const struct finished_source *r, struct err *e);
void finished_sources_next_pass(struct finished_sources *l);

uint64_t finished_sources_count(const struct finished_sources *l);

/* Checkpoints. Writing: all sources are on the disk. Reading: WHY_TAMPERED if
 * the file is not what it was then; the next finished_sources_next() reads the
 * first source. */
enum rc finished_sources_write_state(
    struct finished_sources *l, struct state_writer *w, struct err *e);
enum rc finished_sources_read_state(
    struct finished_sources *l, struct state_reader *r, struct err *e);

#endif
