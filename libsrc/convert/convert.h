/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversion: sources in, lines out. The main thread reads and digests the
 * sources piece by piece, workers turn pieces into lines, and the main thread
 * takes them in order, so the output does not depend on the number of workers.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include <signal.h>

#include "convert/dedupe.h"
#include "convert/job.h"
#include "input/nested.h"
#include "input/walk.h"
#include "select/names.h"
#include "stage/writer.h"

/* How far a run is. */
struct scratch;
struct convert_progress {
	uint64_t bytes;   /* read so far, of all inputs */
	uint64_t records; /* found so far */
	const char *name; /* the source that is being read, or NULL */
};

/* What the caller is told while it runs; every function may be NULL. */
struct convert_watch {
	void *ctx;
	/* A source cannot be used, or something is wrong with it; its name may
	 * be part of the text. NULL: it is of the whole run. */
	void (*warn)(void *ctx, const char *name, const char *text);
	/* Something worth knowing, and nothing wrong. */
	void (*note)(void *ctx, const char *text);
	/* At the end, each source in its order; with `looks` the logs that it
	 * has, else NULL. */
	void (*source)(void *ctx, const struct source_entry *s,
	    const struct coverage *logs);
	void (*progress)(void *ctx, const struct convert_progress *now);
};

struct convert_options {
	struct worker_options worker;
	unsigned jobs;
	enum dedupe dedupe;                /* needs worker.record.keys, */
	size_t dedupe_memory;              /* and at most so many bytes */
	bool digests;                      /* of the sources: for a manifest */
	bool looks;                        /* without lines: for info */
	struct event_counts *event_counts; /* counts all records; or NULL */
	struct coverage *coverage;         /* of all logs of the run; or NULL */
	bool chunk_table;                  /* rows for people in the place of
					    * the lines of chunks.ndjson */
	uint64_t checkpoint;               /* after so many bytes; 0: never */
	struct unpack_options unpack;      /* of archives */
	unsigned nesting;                  /* levels of archives inside them */
	uint64_t spool;                    /* bytes of temporary copies */
	bool require_all;                  /* an input that cannot be read is
					    * WHY_USAGE */
	const char *log_name;              /* of the only source; or NULL */
	struct names names;                /* globs of logs in folders and
					    * archives; none: all */
	struct scratch *scratch;           /* folder for temporary files, where
					    * the writer has none */
	struct convert_watch watch;
};

/* Convert everything, in the order of the list, and what is in an archive in
 * the order of the archive. Sources and the account of the
 * run go into m. A source that cannot be read is an entry with an error. Fails
 * for output and memory, and with WHY_STOPPED; with require_all for such a
 * source, too. */
enum rc convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e);

#endif
