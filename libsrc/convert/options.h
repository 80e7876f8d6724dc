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
struct inputs_digest;
struct scratch;

/* The progress of a run. */
struct convert_progress {
	/* Number of bytes of all inputs that were read so far. */
	uint64_t bytes;
	uint64_t records; /* number of records that were found so far */
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
	unsigned jobs; /* number of worker threads */
	/* Which duplicates are removed; except for DEDUPE_NONE, set record.keys
	 * too. */
	enum dedupe dedupe;
	/* Maximum memory for the keys of duplicate records, in bytes. */
	size_t dedupe_memory;
	bool digests;   /* make digests of the sources, for a manifest */
	bool templates; /* list the templates in the manifest */
	bool looks; /* only show information, write no lines (evtxstage info) */
	/* Table in which all records are counted; NULL: not counted. */
	struct event_counts *event_counts;
	/* Receives the coverage of all logs; NULL: it is not needed. */
	struct coverage *coverage;
	/* Write rows of a table instead of the lines of chunks.ndjson. */
	bool chunk_table;
	/* Number of bytes read between two checkpoints; 0: write none. */
	uint64_t checkpoint;
	/* Options and limits for unpacking archives. */
	struct unpack_options unpack;
	unsigned nesting; /* maximum depth of archives inside archives */
	uint64_t spool;   /* maximum size of temporary copies, in bytes */
	bool require_all; /* fail with WHY_USAGE if a source cannot be read */
	/* Value of --log-name: Windows log of the only source; or NULL. */
	const char *log_name;
	/* Glob patterns of logs in folders and archives; empty: all logs. */
	struct names names;
	/* Receives the digests of small logs; NULL: it does not need them. */
	struct inputs_digest *inputs;
	/* Folder for temporary files if the writer has no state folder. */
	struct scratch *scratch;
	struct convert_watch watch;
};

/* RC_FATAL with WHY_STOPPED if the caller has asked to stop. */
enum rc options_check_stop(const struct convert_options *o, struct err *e);

/* True if rows show the digest of their source. Then it must be made before the
 * source is converted. */
bool options_show_digest(const struct convert_options *o);

/* Call watch.warn() with the message, if the caller has set it. */
void options_warn(
    const struct convert_options *o, const char *name, const char *text);

#endif
