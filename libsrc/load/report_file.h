/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file beside the checkpoint. It is written in blocks, so that it may be
 * larger than memory, and gets its name when it is complete.
 */
#ifndef LOAD_REPORT_FILE_H
#define LOAD_REPORT_FILE_H

#include "util/buf.h"
#include "util/err.h"

#define REPORT_FILE_NAME 256 /* maximum size of a file name with its NUL */

struct report_file {
	int dir;
	int fd;
	const char *name;
	char tmp[REPORT_FILE_NAME + 8]; /* name of the incomplete file */
	struct buf out; /* append here, then call report_file_flush() */
};

/* Begin a file in the open folder `dir`, which the caller closes. The file must
 * be closed also after a failure. */
enum rc report_file_open(
    struct report_file *f, int dir, const char *name, struct err *e);

/* Append the member ,"name":"text" to a JSON object. */
void report_file_put(struct report_file *f, const char *name, const char *text);

/* Write the text in `out` if it fills a block. */
enum rc report_file_flush(struct report_file *f, struct err *e);

/* Write the rest of `out`, and rename the file to its final name. */
enum rc report_file_publish(struct report_file *f, struct err *e);

/* Close the file, and remove it unless it was published. */
void report_file_close(struct report_file *f);

#endif
