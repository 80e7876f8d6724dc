/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status command: reports what a checkpoint holds. Creates and changes
 * nothing.
 */
#ifndef LOAD_STATUS_H
#define LOAD_STATUS_H

#include "load/load.h"

struct load_refusal {
	const char *sha256; /* digest of the segment */
	uint64_t offset;
	uint64_t length;
	long http;
	const char *text;
};

/* Refusals with the same status and the same text, apart from ids, times and
 * numbers in it. */
/* Maximum number of reasons; the last one counts all further refusals. */
#define LOAD_REASONS 32
struct load_reason {
	long http;
	char text[300]; /* error text of the first refusal with this reason */
	uint64_t records;
};

/* A target that a staging was loaded into. */
struct load_listed {
	/* Name of the target: "sqlite", or "sentinel rule R stream S". */
	const char *target;
	const char *checkpoint; /* path of the checkpoint's database */
	bool own;     /* the checkpoint is in the staging's folder load/ */
	bool present; /* the database of the checkpoint exists */
};

/* Callbacks; `reason` is called last. `target` receives the name of the
 * checkpoint's target: sqlite, or "sentinel rule R stream S". target and reason
 * may be NULL. */
struct load_each {
	enum rc (*target)(void *arg, const char *name);
	enum rc (*reason)(void *arg, const struct load_reason *r);
	enum rc (*staging)(void *arg, const char *name, const char *schema,
	    const char *digest);
	enum rc (*refusal)(void *arg, const struct load_refusal *r);
	/* Called for each target by load_list_targets(); load_status() ignores
	 * it. */
	enum rc (*listed)(void *arg, const struct load_listed *one);
	void *arg;
};

/* Report the state of a checkpoint. RC_END if the target has none. */
enum rc load_status(const struct load_target *target,
    struct load_report *report, const struct load_each *each, struct err *e);

/* Call `listed` for each target in the list of a staging directory
 * (target_list.h). The texts may come from another machine. Fails only if
 * `listed` does. */
enum rc load_list_targets(const char *staging, const struct load_each *each);

#endif
