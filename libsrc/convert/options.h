/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a conversion, and the functions that it calls while it runs.
 */
#ifndef CONVERT_OPTIONS_H
#define CONVERT_OPTIONS_H

#include <signal.h>

#include "convert/dedupe.h"
#include "convert/worker.h"
#include "input/spool.h"
#include "input/unpack.h"
#include "select/names.h"
#include "stage/source_entry.h"

struct coverage;
struct scratch;

/* The progress of a run. */
struct convert_progress {
	uint64_t bytes;   /* bytes of all inputs that were read so far */
	uint64_t records; /* records that were found so far */
	const char *name; /* name of the source that is being read, or NULL */
};

/* Functions of the caller; each may be NULL. */
struct convert_watch {
	void *ctx;
	/* Called with a warning about the source `name`; NULL: about the run.
	 * The text may contain the name. */
	void (*warn)(void *ctx, const char *name, const char *text);
	/* Called with a message that is not a warning. */
	void (*note)(void *ctx, const char *text);
	/* Called at the end for each source, in order. `logs` is the coverage
	 * of its logs if `looks` is set, else NULL. */
	void (*source)(void *ctx, const struct source_entry *s,
	    const struct coverage *logs);
	void (*progress)(void *ctx, const struct convert_progress *now);
};

struct convert_options {
	struct worker_options worker;
	unsigned jobs;        /* number of threads */
	enum dedupe dedupe;   /* other than DEDUPE_NONE: set record.keys too */
	size_t dedupe_memory; /* maximum memory for keys, in bytes */
	bool digests;         /* make digests of the sources, for a manifest */
	bool templates;       /* list the templates in the manifest */
	bool looks;           /* write no lines (evtxstage info) */
	struct event_counts *event_counts; /* counts all records; or NULL */
	struct coverage *coverage;         /* coverage of all logs; or NULL */
	/* Write rows of a table instead of the lines of chunks.ndjson. */
	bool chunk_table;
	/* Number of bytes between two checkpoints; 0: write none. */
	uint64_t checkpoint;
	struct unpack_options unpack; /* options and limits of archives */
	unsigned nesting; /* maximum levels of archives inside of archives */
	uint64_t spool;   /* maximum of temporary copies, in bytes */
	bool require_all; /* fail with WHY_USAGE if a source cannot be read */
	const char *log_name; /* Windows log of the only source; or NULL */
	/* Glob patterns of logs in folders and archives; empty: all logs. */
	struct names names;
	/* Folder for temporary files if the writer has no state folder. */
	struct scratch *scratch;
	struct convert_watch watch;
};

/* RC_FATAL with WHY_STOPPED if the caller has asked to stop. */
enum rc options_check_stop(const struct convert_options *o, struct err *e);

/* True if rows show the digest of their source. Then it must be made before the
 * source is converted. */
bool options_show_digest(const struct convert_options *o);

/* Call watch.warn, if there is one. */
void options_warn(
    const struct convert_options *o, const char *name, const char *text);

#endif
