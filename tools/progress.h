/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress bar of both programs, one line of standard error that is drawn
 * again at most ten times a second and taken away before anything else is
 * printed:
 *
 *   [#########           ]  31%  1.2 GB  183 MB/s  0:14 left  1 234 567 records
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_ON, PROGRESS_OFF };

/* What is counted: bytes (records beside them) or records alone. */
enum progress_unit { PROGRESS_BYTES, PROGRESS_RECORDS };

struct progress {
	bool on;
	bool shown;
	enum progress_unit unit;
	uint64_t total;
	uint64_t drawn_ms;
	uint64_t start_ms;
	size_t columns; /* asked once: not possible inside the sandbox */
};

/* How far it is. */
struct progress_now {
	uint64_t done;    /* of the total, in its unit */
	uint64_t records; /* with PROGRESS_BYTES; 0: not shown */
	const char *file; /* the one that is being read, or NULL */
};

/* AUTO: on if standard error is a terminal. Off if the total is 0. */
void progress_init(struct progress *p, enum progress_mode mode,
    enum progress_unit unit, uint64_t total);

/* Draw, unless that was done a moment ago. */
void progress_to(struct progress *p, const struct progress_now *now);

/* Take the bar away. */
void progress_end(struct progress *p);

#define PROGRESS_LINE 512

/* The line without what moves the cursor, in at most `columns`, after ms of
 * work. Rate and time left are shown from the first second on; the file name
 * loses its beginning where it does not fit. */
void progress_line(char out[PROGRESS_LINE], const struct progress *p,
    const struct progress_now *now, uint64_t ms, size_t columns);

#endif
