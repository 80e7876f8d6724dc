/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are being read, or whose jobs are not all taken yet. Their
 * memory is bounded by the number of jobs: a source that is done goes to the
 * list of finished sources (convert/finished_sources.h).
 */
#ifndef CONVERT_PENDING_SOURCES_H
#define CONVERT_PENDING_SOURCES_H

#include <stdbool.h>

#include "convert/source_channel.h"
#include "evtx/chunk.h"
#include "stage/source_entry.h"

struct pending_source {
	struct pending_source *next;
	uint64_t number;           /* of the source, from 0 */
	struct source_entry line;  /* its texts are owned */
	struct coverage *coverage; /* owned */
	bool read;                 /* to its end, or as far as it goes */
	bool ended;                /* verdict_end() has judged it */
	bool whole;                /* its digest is that of all of its bytes */
	bool late;  /* it was done before: its account is what is added now */
	size_t out; /* jobs that are not taken yet */
	uint64_t unused;    /* bytes of zeros */
	uint64_t region_at; /* bytes without chunks, one after the other */
	uint64_t region_n;
	uint64_t first_time; /* of the first and the last record with one */
	uint64_t last_time;
	struct chunk_file_header header;
	struct source_log log;
	char before[DIGEST_HEX]; /* the digest, if it was made before the source
				  * was read; "": it was not */
	uint64_t head; /* duplicate_sources_add_head() of its first bytes; 0:
			  unknown */
};

/* A queue, in the order of numbers. */
struct pending_sources {
	struct pending_source *first;
	struct pending_source *last;
	size_t n;
};

/* Append a source; the name gets an owner, also on failure. NULL without
 * memory. */
struct pending_source *pending_sources_add(
    struct pending_sources *l, char *name);

/* Replace a text of its line, which is copied. False without memory. */
bool pending_sources_set_text(const char **to, const char *text);

/* The first one is gone. */
void pending_sources_remove_first(struct pending_sources *l);
void pending_sources_clear(struct pending_sources *l);

#endif
