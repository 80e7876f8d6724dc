/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores the finished sources of a run in state/sources or, if there is no
 * staging directory, in a temporary file. sources.ndjson is made from them when
 * everything was read, because deferred records change the record counts of
 * sources that were finished long before.
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
	/* Line of sources.ndjson; its strings are valid until the next call. */
	struct source_entry line;
	/* The following members are those of struct pending_source. */
	char before[DIGEST_HEX];
	uint64_t input;
	uint64_t first_time;
	uint64_t head;
	bool whole;
	struct source_log log;
};

/* The file is `sources` in the folder dirfd or, if that is -1, a file without a
 * name in the folder of `scratch`, which is borrowed. The first source gets the
 * number `first`. */
enum rc finished_sources_create(struct finished_sources **lp, int dirfd,
    struct scratch *scratch, uint64_t first, struct err *e);
void finished_sources_destroy(struct finished_sources *l); /* takes NULL */

/* Append a source. Its number must be that of the previous one plus 1. */
enum rc finished_sources_add(
    struct finished_sources *l, const struct finished_source *r, struct err *e);

/* Read the sources from the first one; RC_END after the last. */
void finished_sources_rewind(struct finished_sources *l);
enum rc finished_sources_next(
    struct finished_sources *l, struct finished_source *r, struct err *e);

/* Set the archive_sha256 of all sources with this number or a greater one. */
enum rc finished_sources_set_archive(struct finished_sources *l, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e);

/* Add the record counts of r to those of a finished source. Until
 * finished_sources_next_pass(), the numbers of sources must increase from call
 * to call. */
enum rc finished_sources_add_deferred(
    struct finished_sources *l, const struct finished_source *r, struct err *e);
void finished_sources_next_pass(struct finished_sources *l);

uint64_t finished_sources_count(const struct finished_sources *l);

/* For checkpoints. Writing syncs the file to disk. Reading: WHY_TAMPERED if the
 * file has changed since the checkpoint; the next finished_sources_next() reads
 * the first source. */
enum rc finished_sources_write_state(
    struct finished_sources *l, struct state_writer *w, struct err *e);
enum rc finished_sources_read_state(
    struct finished_sources *l, struct state_reader *r, struct err *e);

#endif
