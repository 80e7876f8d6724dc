/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of segments/: reads its lines, and compares it with what the manifest
 * says of it. Used by stage/reader.c.
 */
#ifndef STAGE_SEGMENT_FILE_H
#define STAGE_SEGMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "stage/segment_lines.h"
#include "util/buf.h"

#define SEGMENT_FILE_FOLDER "segments/"

/* A segment is identified by its lines: a batch of a compressed staging and of
 * a plain one of the same evidence is the same batch. */
struct reader_segment {
	const char *name;   /* segments/000001.ndjson */
	const char *sha256; /* of its lines: 64 lower-case hex digits */
	uint64_t bytes;     /* of its lines */
	uint64_t lines;
	bool compressed; /* if not, the file has the same: */
	const char *file_sha256;
	uint64_t file_bytes;
	bool recovered;   /* carved or hidden records */
	uint64_t number;  /* from 1, in the order of the manifest */
	uint64_t skipped; /* of its lines: named by the skip list */
};

/* Identifies a file that was opened, and its last change. */
struct segment_stamp {
	dev_t device;
	ino_t inode;
	struct timespec changed;
	bool set;
};

struct segment_file {
	int below;       /* the folder segments/ */
	const char *dir; /* the staging, for messages */
	const struct reader_segment *segment;
	struct segment_stamp *stamp; /* set when the file is first opened */
};

/* Visit the lines; then compare size, lines and digests. WHY_TAMPERED: the file
 * is not what was staged, or a link. `visit` may be NULL. */
enum rc segment_file_scan(const struct segment_file *f,
    const struct scan_visit *visit, struct err *e);

/* An open file, to read ranges of its lines. */
struct segment_handle {
	char name[ERR_TEXT_MAX]; /* for messages */
	struct segment_lines lines;
};

/* WHY_TAMPERED if the file has changed since it was first opened. Close it also
 * after a failure. */
enum rc segment_file_open(
    const struct segment_file *f, struct segment_handle *o, struct err *e);
void segment_file_close(struct segment_handle *o);

#endif
