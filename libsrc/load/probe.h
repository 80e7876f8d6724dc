/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe command: tests a remote target with a token request, an empty
 * upload and, on request, one row that is marked as a probe.
 */
#ifndef LOAD_PROBE_H
#define LOAD_PROBE_H

#include "load/load.h"

#define LOAD_STEPS 3
struct load_step {
	const char *name; /* name of the step: "token", "empty" or "row" */
	bool good;
	long http; /* status of the answer; 0: no answer */
	int64_t ms;
	/* Error text of the service, or why there is no answer. */
	char words[300];
	const char *hint; /* advice for the user; NULL: there is none */
};

struct load_probe {
	bool row; /* set by the caller: also send a request with one row */
	struct load_step step[LOAD_STEPS];
	/* Number of steps taken; after an error the last one failed. */
	unsigned n;
	char key[33]; /* RecordKey_CF of the row that is sent */
};

/* Test the target. Needs neither staging nor checkpoint, and retries nothing.
 * Errors are those of load_push(). */
enum rc load_probe(
    const struct load_run *run, struct load_probe *p, struct err *e);

#endif
