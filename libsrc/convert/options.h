/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a conversion, and what its caller is told while it runs.
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

/* How far a run is. */
struct convert_progress {
	uint64_t bytes;   /* read so far, of all inputs */
	uint64_t records; /* found so far */
	const char *name; /* the source that is being read, or NULL */
};

/* Functions of the caller; each may be NULL. */
struct convert_watch {
	void *ctx;
	/* A warning about the source `name`, which may be part of the text;
	 * NULL: about the whole run. */
	void (*warn)(void *ctx, const char *name, const char *text);
	/* A message that is not a warning. */
	void (*note)(void *ctx, const char *text);
	/* At the end, each source in its order; with `looks` the logs that it
	 * has, else NULL. */
	void (*source)(void *ctx, const struct source_entry *s,
	    const struct coverage *logs);
	void (*progress)(void *ctx, const struct convert_progress *now);
};

struct convert_options {
	struct worker_options worker;
	unsigned jobs;        /* threads */
	enum dedupe dedupe;   /* needs worker.record.keys */
	size_t dedupe_memory; /* bytes for keys in memory */
	bool digests;         /* of the sources: for a manifest */
	bool templates;       /* list the templates in the manifest */
	bool looks;           /* no lines are written: for info */
	struct event_counts *event_counts; /* counts all records; or NULL */
	struct coverage *coverage;         /* of all logs of the run; or NULL */
	bool chunk_table;             /* rows for people instead of the lines
				       * of chunks.ndjson */
	uint64_t checkpoint;          /* after so many bytes; 0: never */
	struct unpack_options unpack; /* of archives */
	unsigned nesting;             /* levels of archives inside archives */
	uint64_t spool;               /* bytes of temporary copies */
	bool require_all;             /* fail with WHY_USAGE if a source cannot
				       * be read */
	const char *log_name;         /* of the only source; or NULL */
	struct names names;           /* globs of logs in folders and
				       * archives; none: all */
	struct scratch *scratch;      /* folder for temporary files if the
				       * writer has none */
	struct convert_watch watch;
};

/* RC_FATAL, WHY_STOPPED if the caller has asked to stop. */
enum rc options_check_stop(const struct convert_options *o, struct err *e);

/* True if rows show the digest of their source: it must be known first. */
bool options_show_digest(const struct convert_options *o);

/* Call watch.warn, if there is one. */
void options_warn(
    const struct convert_options *o, const char *name, const char *text);

#endif
