/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares all segments of a staging with its manifest: two side by side in
 * each thread.
 */
#ifndef STAGE_CHECK_SEGMENTS_H
#define STAGE_CHECK_SEGMENTS_H

#include "stage/reader.h"

/* Called with the result of each segment, in their order and in the caller's
 * thread; result->rc is RC_OK, or the error of reader_scan(). Anything but
 * RC_OK ends the check and is its result. */
struct check_segments_visit {
	enum rc (*segment)(
	    void *arg, size_t i, const struct err *result, struct err *e);
	void *arg;
};

/* Rows that a skip list names are compared, too. */
enum rc check_segments(const struct reader *r, unsigned threads,
    const struct check_segments_visit *visit, struct err *e);

#endif
