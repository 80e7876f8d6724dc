/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file of segments/ and compares it with the manifest. Used by
 * stage/reader.c.
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

/* A segment as the manifest describes it. It is identified by the digest of its
 * lines, so batches of the same lines are the same batches whether the staging
 * is compressed or not. */
struct reader_segment {
	const char *name;   /* file name, as segments/000001.ndjson */
	const char *sha256; /* digest of the lines: 64 lower-case hex digits */
	uint64_t bytes;     /* size of the lines in bytes */
	uint64_t lines;     /* number of lines in the segment */
	/* The file is compressed; otherwise it consists of the lines. */
	bool compressed;
	const char *file_sha256; /* digest of the file */
	uint64_t file_bytes;     /* size of the file in bytes */
	bool recovered;   /* the segment consists of carved or hidden records */
	uint64_t number;  /* number of the segment in the manifest, from 1 */
	uint64_t skipped; /* number of lines of the segment in the skip list */
};

/* Identifies an opened file and the time of its last change. */
struct segment_stamp {
	dev_t device;
	ino_t inode;
	struct timespec changed;
	bool set;
};

struct segment_file {
	int below;       /* descriptor of the folder segments/ */
	const char *dir; /* path of the staging in messages */
	const struct reader_segment *segment;
	struct segment_stamp *stamp; /* set when the file is opened for the
					first time */
};

/* Visit the lines, then compare size, lines and digests. WHY_TAMPERED: the file
 * is not what was staged, or it is a symbolic link. `visit` may be NULL. */
enum rc segment_file_scan(const struct segment_file *f,
    const struct scan_visit *visit, struct err *e);

/* An open file, to read ranges of its lines. */
struct segment_handle {
	char name[ERR_TEXT_MAX]; /* path of the file in messages */
	struct segment_lines lines;
};

/* Open the file. WHY_TAMPERED: it was changed since it was opened for the first
 * time. The caller must close it also after a failure. */
enum rc segment_file_open(
    const struct segment_file *f, struct segment_handle *o, struct err *e);
void segment_file_close(struct segment_handle *o);

#endif
