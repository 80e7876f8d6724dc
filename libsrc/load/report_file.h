/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file beside the checkpoint that may be larger than memory: it is written
 * in blocks and gets its name when it is whole.
 */
#ifndef LOAD_REPORT_FILE_H
#define LOAD_REPORT_FILE_H

#include "util/buf.h"
#include "util/err.h"

struct report_file {
	int dir;
	int fd;
	const char *name;
	struct buf out; /* append here, then call report_file_flush() */
};

/* Begin a file in the folder `dir`, which stays the caller's. */
enum rc report_file_open(
    struct report_file *f, int dir, const char *name, struct err *e);

/* Write what was appended, if it is enough for a block. */
enum rc report_file_flush(struct report_file *f, struct err *e);

/* Write the rest, and give the file its name. */
enum rc report_file_publish(struct report_file *f, struct err *e);

/* Drop what was not published. Takes one that could not be opened. */
void report_file_close(struct report_file *f);

#endif
