/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares all segments of a staging with its manifest. Each thread checks two
 * segments at the same time.
 */
#ifndef STAGE_CHECK_SEGMENTS_H
#define STAGE_CHECK_SEGMENTS_H

#include "stage/reader.h"

/* Called with the result of each segment, in the order of the segments and in
 * the caller's thread. `result` is an error of reader_scan(), or result->rc is
 * RC_OK. If the function returns anything but RC_OK, check_segments() ends and
 * returns that. */
struct check_segments_visit {
	enum rc (*segment)(
	    void *arg, size_t i, const struct err *result, struct err *e);
	void *arg;
};

/* Check all segments in up to `threads` threads. The rows that a skip list
 * names are checked like all others. */
enum rc check_segments(const struct reader *r, unsigned threads,
    const struct check_segments_visit *visit, struct err *e);

#endif
