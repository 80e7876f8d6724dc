/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run, as convert.c makes it, intake.c feeds it and verdict.c judges its
 * sources. Nobody else sees it.
 */
#ifndef CONVERT_INNER_H
#define CONVERT_INNER_H

#include "convert/convert.h"
#include "convert/pending_sources.h"
#include "convert/source.h"
#include "convert/source_channel.h"

/* The member of an archive, and what was used before it was read. */
struct intake_level {
	uint64_t member; /* counted from 1 */
	struct unpack_used used;
};

/* Where the run reads, and where it goes on. */
struct intake_point {
	bool go_on;      /* the live source is read from there */
	uint64_t entry;  /* of the walk */
	size_t n_levels; /* archives that the source is in; the outer first */
	struct intake_level levels[NESTED_MAX + 1];
	struct source_point source;
};

struct deferred_store;
struct damage_summary;
struct inputs;
struct coverage_store;
struct key_journal;
struct duplicate_sources;
struct pool;
struct finished_sources;

struct run {
	const struct convert_options *o;
	const struct walk *walk;
	struct inputs *inputs; /* the same, for checkpoints */
	struct writer *out;
	struct manifest *m;
	struct digest_thread *digest; /* of sources */
	void **workers;               /* struct worker */
	struct pool *pool;
	struct job *jobs;
	size_t *idle; /* numbers of jobs that nobody has: a ring of slots */
	size_t first_idle;
	size_t n_idle;
	size_t slots;
	struct pending_sources lives;   /* sources that are not done, */
	uint64_t n_sources;             /* how many came, with earlier ones, */
	struct buf last_name;           /* the name of the last one */
	struct finished_sources *done;  /* and those that are done */
	struct account earlier_account; /* of those that are added to */
	struct coverage_store
	    *kept;           /* their censuses, if they are shown; or NULL */
	uint8_t *carry;      /* of streams */
	uint8_t *head;       /* SOURCE_HEAD_BYTES */
	struct keyset *keys; /* of lines, with --dedupe */
	struct key_journal *keylog;      /* the same on disk, or NULL */
	struct duplicate_sources *seen;  /* NULL: copies are not told */
	struct unpack *archive;          /* of an input, being read, or NULL */
	char archive_sha256[DIGEST_HEX]; /* of that, if it is known */
	struct spool spool;
	struct source_channel *logs; /* NULL: there are no queries */
	struct deferred_store *aside;
	struct template_catalog *known; /* the templates of all workers, */
	struct template_catalog
	    *learned; /* and those of a checkpoint, or NULL */
	struct intake_point point;
	uint64_t since;    /* bytes read since the last checkpoint */
	uint64_t passed;   /* members of archives that are no logs, */
	uint64_t unseen;   /* of them: could not be looked at, */
	uint64_t left_out; /* and logs that --name leaves out */
	bool *found;       /* for each operand: it has a log, or an error */
	struct buf damage; /* lines for the reports, */
	struct damage_summary *damage_sum; /* those that are summed, */
	struct buf chunks;
	uint64_t headed; /* the source of the last of their rows, from 1 */
	uint64_t bytes;
	uint64_t n_none;             /* archives in which there is no log */
	uint64_t records;            /* found so far */
	struct program_channels met; /* of the queries, by finished sources */
	const char *entry;           /* the path of the walk's entry */
	const char *reading;         /* the name of the source, for progress */
};

/* An idle job; jobs that are done are taken first. */
enum rc convert_get_job(struct run *r, struct job **j, struct err *e);
/* Take all jobs that are out. */
enum rc convert_drain(struct run *r, struct err *e);
/* It is idle again. */
void convert_give_back(struct run *r, const struct job *j);
/* RC_FATAL, WHY_STOPPED when the caller wants the run to end. */
enum rc convert_check_stop(const struct run *r, struct err *e);
/* Whether rows show the digest of their source. */
bool convert_shows_digest(const struct run *r);

/* At the end: warn of an event set and of queries that met no record, when all
 * sources were counted; of operands without a log, and count what was passed
 * over. */
void unmet_source(
    struct run *r, const struct source_entry *s, const struct source_log *of);
void unmet_tell(const struct run *r);
void unmet_inputs(const struct run *r);

/* The results of a job that is done. */
enum rc consume_job(struct run *r, struct job *j, struct err *e);

/* Read what an entry of the walk holds, a log or an archive of logs, into jobs:
 * each log to its end, or as far as it goes. */
enum rc intake_entry(
    struct run *r, const struct walk_entry *entry, struct err *e);

/* Where the bytes of a source come from: a file or a stream. */
struct intake_item {
	const char *path;
	const struct source_stream *stream; /* NULL: a file */
	const char *why;          /* NULL, or why it cannot be taken, */
	int sys;                  /* and the errno, or 0 */
	const struct err *failed; /* the same as a whole message */
};

/* Read one log. The name gets an owner. NULL: there was no memory for it. */
enum rc intake_source(
    struct run *r, char *name, const struct intake_item *item, struct err *e);

/* --name leaves the input out: nothing of it is read. */
bool intake_leaves_out(const struct run *r, const struct walk_entry *entry);

/* An archive that cannot be read, or not to its end, which e says, is named
 * like a log. */
enum rc intake_failed(struct run *r, const char *name, struct err *e);

/* With DEDUPE_RUN: the keys of the lines that are there already. */
enum rc convert_know_lines(struct run *r, struct err *e);

/* A new live source; the name gets an owner. */
enum rc intake_add(
    struct run *r, char *name, struct pending_source **added, struct err *e);

/* Whether there can be checkpoints; take one while a source is being read; go
 * back to the one that is there, if there is one. WHY_EXISTS: options or inputs
 * are not those that it was made with. */
bool checkpoint_possible(const struct run *r);
enum rc checkpoint_take(struct run *r, struct source *src, struct err *e);
enum rc checkpoint_load(struct run *r, struct err *e);

/* Tell that n bytes more of the input were read. */
void convert_progress(struct run *r, uint64_t n);

/* Read an input that is an archive: its digest, and what is in it. */
enum rc archive_take(
    struct run *r, const struct unpack_from *from, struct err *e);

/* Read the logs in an archive that is called `from->name`, and those in the
 * archives in it. */
enum rc members_take(
    struct run *r, const struct unpack_from *from, struct err *e);

/* Copy a stream into a temporary file, to be closed by the caller, and make its
 * digest. RC_SKIP: it could not be read further than the file goes. */
enum rc spool_stream(struct run *r, const struct source_stream *stream, int *fd,
    char sha256[DIGEST_HEX], struct err *e);

/* The first thing that is wrong with a source, which e says, is what it is
 * remembered for. RC_FATAL without memory. */
enum rc verdict_spoil(struct run *r, struct pending_source *s, struct err *e);

/* Count a piece of a job that is done. */
enum rc verdict_piece(struct run *r, const struct job *j,
    const struct job_piece *p, struct err *e);

/* Write lines of damage_put() about a source, and sum what is too many; at the
 * end, write what was summed. */
enum rc verdict_damage(struct run *r, const struct pending_source *s,
    struct span lines, struct err *e);
enum rc verdict_damage_end(struct run *r, struct err *e);

/* All of a source is taken, but for what was set aside: segments that hold its
 * lines may get their names. */
enum rc verdict_end(struct run *r, struct pending_source *s, struct err *e);

#endif
