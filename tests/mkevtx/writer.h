/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file: chunks one after another, the header last of all.
 *
 * Events go straight through a page of 64 KiB, so a file of any size takes no
 * more memory than a small one; only `expect` together with WRITER_WRAPPED
 * holds its lines back until the end.
 */
#ifndef MKEVTX_WRITER_H
#define MKEVTX_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"

enum writer_odd {
	WRITER_DIRTY = 1,
	WRITER_BAD_CRC = 2,
	WRITER_NO_CRC = 4,
	WRITER_ZERO_HEADER = 8,
	WRITER_VERSION_2 = 16,
	WRITER_WRAPPED = 32,
	WRITER_TRUNCATED = 64,
	WRITER_GARBAGE = 128,
	WRITER_GARBAGE_ODD = 256,
	WRITER_RAGGED = 512
};

struct writer_options {
	const char *path;
	const char *expect; /* NULL: none */
	unsigned odd;       /* of enum writer_odd */
	unsigned chunk_odd; /* of enum chunk_odd, for one chunk */
	uint32_t limit;     /* bytes of a chunk to use, 0: 65528 */
	uint64_t first_record;
	bool exported; /* renumbered, times shifted by one record */
	bool headless; /* bodies without a fragment header, as in raw logs */
};

struct writer;

struct writer *writer_create(const struct writer_options *o);

/* The number that the next event should have as EventRecordID. */
uint64_t writer_next_record(const struct writer *w);

/* Bytes of the file if it ended now. */
uint64_t writer_size(const struct writer *w);

void writer_add(struct writer *w, const struct event *e);

/* Finishes the file and frees everything. Ends the program if that fails. */
void writer_close(struct writer *w);

#endif
