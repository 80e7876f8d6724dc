/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue, in the order of numbers, of the sources that are being read or whose
 * jobs are not all collected yet. Their memory is bounded by the number of
 * jobs; a source that is done is moved to the list of finished sources
 * (convert/finished_sources.h).
 */
#ifndef CONVERT_PENDING_SOURCES_H
#define CONVERT_PENDING_SOURCES_H

#include <stdbool.h>

#include "evtx/chunk.h"
#include "stage/source_entry.h"
#include "util/state_codec.h"

/* What is known of a source's Windows log, besides its name
 * (convert/source_channel.h). */
struct source_log {
	bool decided;   /* no further chunk is needed to set `forwarded` */
	bool forwarded; /* a chunk shows that it is a collector's log */
};

struct pending_source {
	struct pending_source *next;
	uint64_t number; /* number of the source, from 0 */
	/* Number of the entry of the walk that the source is or is in. */
	uint64_t input;
	/* The source's line of sources.ndjson; its strings are owned. */
	struct source_entry line;
	/* Coverage of the source's logs, owned; NULL: not kept. */
	struct coverage *coverage;
	bool read; /* the source was read, up to its end or to an error */
	/* Source_status_end() was called for the source, or is not needed. */
	bool ended;
	bool whole; /* the digest in `line` covers all bytes of the source */
	/* A worker makes the digest in `line`, which is not collected yet. */
	bool digesting;
	/* It was finished before: its record counts are only those of deferred
	 * records, to be added. */
	bool reopened;
	size_t out; /* number of the source's jobs that are not collected yet */
	uint64_t unused; /* number of bytes in unused chunk slots (zeros) */
	/* Offset and length of the current region of bytes without chunks. */
	uint64_t region_at;
	uint64_t region_n;
	/* Times of the first and the last record that has a time; 0: no record
	 * has one. */
	uint64_t first_time;
	uint64_t last_time;
	struct chunk_file_header header;
	struct source_log log;
	/* SHA-256 of the source if it was computed before the source was read,
	 * else "". */
	char before[DIGEST_HEX];
	uint64_t head; /* result of duplicate_sources_head_sum(); 0: unknown */
};

struct pending_sources {
	struct pending_source *first;
	struct pending_source *last;
	size_t n;
};

/* Append a source, which then owns the name. NULL if memory is exhausted; the
 * name is then freed. */
struct pending_source *pending_sources_add(
    struct pending_sources *l, char *name);

/* Replace a string of a source's line by a copy of `text`. False if memory is
 * exhausted. */
bool pending_sources_set_text(const char **to, const char *text);

void pending_sources_remove_first(struct pending_sources *l);
void pending_sources_clear(struct pending_sources *l);

/* For checkpoints: the source that is being read, without its coverage and
 * without members that are set at its end. */
void pending_sources_write_state(
    const struct pending_source *s, struct state_writer *w);
enum rc pending_sources_read_state(
    struct pending_source *s, struct state_reader *r, struct err *e);

#endif
