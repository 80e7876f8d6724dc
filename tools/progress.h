/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress bar of both programs: one line on standard error that is redrawn
 * at most ten times a second and erased before anything else is printed:
 *
 *   [#########           ]  31%  1.2 GB  183 MB/s  0:14 left  1 234 567 records
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_ON, PROGRESS_OFF };

/* The unit of `total`: bytes (records are shown too), or records. */
enum progress_unit { PROGRESS_BYTES, PROGRESS_RECORDS };

struct progress {
	bool on;
	bool shown;
	enum progress_unit unit;
	uint64_t total;
	uint64_t drawn_ms;
	uint64_t start_ms;
	/* Width of the terminal, which cannot be read in the sandbox. */
	size_t columns;
};

/* How much of the work is done. */
struct progress_now {
	uint64_t done; /* amount done, in the unit of the total */
	/* Records done, shown with PROGRESS_BYTES; 0: not shown. */
	uint64_t records;
	const char *file; /* name of the current file; NULL: it is not shown */
};

/* Start the bar. PROGRESS_AUTO: on if standard error is a terminal. Off if the
 * total is 0. */
void progress_init(struct progress *p, enum progress_mode mode,
    enum progress_unit unit, uint64_t total);

/* Redraw the bar, at most every tenth of a second. */
void progress_to(struct progress *p, const struct progress_now *now);

/* Erase the bar. */
void progress_end(struct progress *p);

#define PROGRESS_LINE 512

/* Format the line after `ms` milliseconds of work, in at most `columns` and
 * without control characters. Rate and time left are shown after the first
 * second; a file name that does not fit loses its beginning. */
void progress_line(char out[PROGRESS_LINE], const struct progress *p,
    const struct progress_now *now, uint64_t ms, size_t columns);

#endif
