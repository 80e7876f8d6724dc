/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file of a staging once, visits its lines and computes its digest.
 */
#ifndef STAGE_SCAN_LINES_H
#define STAGE_SCAN_LINES_H

#include <stdbool.h>

#include "util/digest.h"
#include "util/err.h"
#include "util/maxima.h"

/* Maximum length of a line that evtxstage writes. No target accepts rows of
 * that size. */
#define SCAN_LINE_MAX MAXIMUM_LINE

/* A line of the file, without its LF. */
struct scan_line {
	uint64_t offset;  /* offset of the line in the file in bytes */
	uint64_t length;  /* length of the line in bytes */
	struct span text; /* bytes of the line, at most SCAN_LINE_MAX */
};

/* Called with each line in turn; its text is valid during the call. If the
 * function returns anything but RC_OK, the scan ends and returns that. */
struct scan_visit {
	enum rc (*line)(void *arg, const struct scan_line *line, struct err *e);
	void *arg;
};

/* The result of a scan. */
struct scan_sum {
	char sha256[DIGEST_HEX]; /* digest of all bytes that were read */
	uint64_t bytes;          /* number of bytes read */
	uint64_t lines;          /* number of whole lines */
	uint64_t whole; /* size of the whole lines in bytes; less than `bytes`
			 * if the last line has no LF */
	bool more;      /* scan_lines_part(): the file has further bytes */
};

/* Scan a whole file. `name` is for messages; `visit` may be NULL. */
enum rc scan_lines(int fd, const char *name, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e);

/* The first bytes of a file, at most `bytes`. */
struct scan_part {
	int fd;
	const char *name;
	uint64_t bytes;
};

/* Scan the first bytes of a file. */
enum rc scan_lines_part(const struct scan_part *part,
    const struct scan_visit *visit, struct scan_sum *sum, struct err *e);

/* A source of bytes that is not a file: `read` writes the next n bytes to `to`.
 * *got, the number of bytes, is less than n only at the end. */
struct scan_source {
	enum rc (*read)(
	    void *arg, uint8_t *to, size_t n, size_t *got, struct err *e);
	void *arg;
};

/* Scan the bytes of a source. */
enum rc scan_lines_from(const struct scan_source *source,
    const struct scan_visit *visit, struct scan_sum *sum, struct err *e);

#endif
