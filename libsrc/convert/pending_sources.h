/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are being read, or whose jobs are not all collected yet: a queue
 * in the order of their numbers. Their memory is bounded by the number of jobs;
 * a source that is done goes to the list of finished sources
 * (convert/finished_sources.h).
 */
#ifndef CONVERT_PENDING_SOURCES_H
#define CONVERT_PENDING_SOURCES_H

#include <stdbool.h>

#include "evtx/chunk.h"
#include "stage/source_entry.h"
#include "util/state_codec.h"

/* What is known of the Windows log that a source is, besides its name
 * (convert/source_channel.h). */
struct source_log {
	bool decided;   /* no chunk is needed to tell */
	bool forwarded; /* a chunk shows that it is a collector's log */
};

struct pending_source {
	struct pending_source *next;
	uint64_t number;           /* of the source, from 0 */
	struct source_entry line;  /* its texts are owned */
	struct coverage *coverage; /* owned */
	bool read;                 /* to its end, or as far as it can be */
	bool ended;      /* source_status_end() was called, or need not
			  * be */
	bool whole;      /* its digest is that of all of its bytes */
	bool reopened;   /* it was finished before: its account is what is added
			  * by   deferred records */
	size_t out;      /* jobs that are not collected yet */
	uint64_t unused; /* bytes of zeros */
	uint64_t region_at;  /* where bytes without chunks begin, */
	uint64_t region_n;   /* and how many they are so far */
	uint64_t first_time; /* of the first and the last record that has a */
	uint64_t last_time;  /* time; 0: none has */
	struct chunk_file_header header;
	struct source_log log;
	char before[DIGEST_HEX]; /* its digest if that was made before it was
				  * read, else "" */
	uint64_t head; /* duplicate_sources_head_sum() of it; 0: unknown */
};

struct pending_sources {
	struct pending_source *first;
	struct pending_source *last;
	size_t n;
};

/* Append a source; the name gets an owner, on failure, too. NULL without
 * memory. */
struct pending_source *pending_sources_add(
    struct pending_sources *l, char *name);

/* Replace a text of its line by a copy of this one. False without memory. */
bool pending_sources_set_text(const char **to, const char *text);

void pending_sources_remove_first(struct pending_sources *l);
void pending_sources_clear(struct pending_sources *l);

/* Checkpoints: the source that is being read, but for its coverage. What is
 * known of its end will be known again. */
void pending_sources_write_state(
    const struct pending_source *s, struct state_writer *w);
enum rc pending_sources_read_state(
    struct pending_source *s, struct state_reader *r, struct err *e);

#endif
