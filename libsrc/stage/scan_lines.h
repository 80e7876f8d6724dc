/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visits the lines of a file of a staging and computes its digest in the same
 * pass.
 */
#ifndef STAGE_SCAN_LINES_H
#define STAGE_SCAN_LINES_H

#include <stdbool.h>

#include "util/digest.h"
#include "util/err.h"
#include "util/maxima.h"

/* The longest line that is written; no target accepts that much. */
#define SCAN_LINE_MAX MAXIMUM_LINE

/* A line without its LF. */
struct scan_line {
	uint64_t offset;
	uint64_t length;
	struct span text; /* its bytes, at most the first SCAN_LINE_MAX */
};

/* Called with each line in turn; its text lives for the call. Anything but
 * RC_OK ends the scan and is its result. */
struct scan_visit {
	enum rc (*line)(void *arg, const struct scan_line *line, struct err *e);
	void *arg;
};

struct scan_sum {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines; /* whole ones */
	uint64_t whole; /* bytes of whole lines, less than all if the last
			 * line has no LF */
	bool more;      /* the file has bytes after the part */
};

/* Read a file from its first byte to its last. `name` is for messages; visit
 * may be NULL. */
enum rc scan_lines(int fd, const char *name, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e);

/* The same for the first bytes of a file, at most `bytes`. */
struct scan_part {
	int fd;
	const char *name;
	uint64_t bytes;
};

enum rc scan_lines_part(const struct scan_part *part,
    const struct scan_visit *visit, struct scan_sum *sum, struct err *e);

/* The same for bytes from anywhere: `read` puts the next n of them at `to`, and
 * fewer (*got) only at the end. */
struct scan_source {
	enum rc (*read)(
	    void *arg, uint8_t *to, size_t n, size_t *got, struct err *e);
	void *arg;
};

enum rc scan_lines_from(const struct scan_source *source,
    const struct scan_visit *visit, struct scan_sum *sum, struct err *e);

#endif
