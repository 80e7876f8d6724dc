/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over the logs of a list of inputs: files, archives, archives inside
 * them, and standard input. input_next() moves to the next log, whose bytes are
 * then read if they are wanted; what is not read is passed over. All commands
 * use this cursor, so all find the same members in an archive.
 *
 *   while ((rc = input_next(in, &item, e)) == RC_OK)
 *           ... item->name, item->fd or item->stream ...
 *
 * A file is opened once, and recognized as an archive by its content. In an
 * archive a log is a member called .evtx, or one that begins like a log; other
 * members are looked into for their first bytes. An input or a member that
 * should be read and cannot be is an item as well, with the reason.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "input/levels.h"
#include "input/walk.h"
#include "util/digest.h"

struct input;

/* Which logs are wanted. A function may be NULL: all are. */
struct input_filter {
	const void *ctx;
	/* By its name inside a folder or an archive. Logs that are not wanted
	 * are counted as left out. */
	bool (*wants_log)(const void *ctx, const char *inside);
	/* By the whole name of a member (input/source_name.h), which may be an
	 * archive; what is not wanted is not looked into. */
	bool (*wants_member)(const void *ctx, const char *name);
};

/* What was passed over so far. */
struct input_counts {
	uint64_t passed;   /* members that are no logs */
	uint64_t unseen;   /* of them: could not be looked into */
	uint64_t left_out; /* logs that the filter does not want */
	bool *found;       /* for each operand: it had an item; or NULL */
};

struct input_options {
	const struct unpack_options *unpack;
	unsigned nesting; /* how many archives inside an archive are entered */
	struct spool *spool;
	bool digests; /* the SHA-256 of each archive is wanted */
	struct input_filter filter;
	struct input_counts *counts; /* to be added to; or NULL */
	/* Called while an archive is read for its digest; or NULL. */
	void (*progress)(void *ctx);
	void *ctx;
};

enum input_kind {
	INPUT_NONE,
	INPUT_LOG,        /* a log, or a file that should be one */
	INPUT_UNREADABLE, /* `why` says what cannot be read, and why */
	INPUT_EMPTY,      /* an archive in which there was nothing to read */
	INPUT_ARCHIVE_END /* the digest of an archive that came as a stream is
			   * now known; it had `items` items */
};

struct input_item {
	enum input_kind kind;
	const char *name; /* as in a manifest; until the next call */
	/* Of a log. The file is closed by the cursor, unless the caller takes
	 * it and sets this to -1. */
	int fd;
	struct stream stream; /* if fd is -1 */
	bool is_archive;      /* INPUT_UNREADABLE: of an archive as a whole */
	char archive_sha256[DIGEST_HEX]; /* of the outermost archive, or "" */
	uint64_t bytes;                  /* INPUT_EMPTY: of the archive */
	uint64_t items;                  /* INPUT_ARCHIVE_END */
	struct err why;
};

/* The member of an archive, and what the archive had unpacked before it. */
struct input_level {
	uint64_t member; /* counted from 1 */
	struct unpack_used used;
};

/* Where an item is. */
struct input_position {
	uint64_t entry;  /* of the walk, counted from 0 */
	size_t n_levels; /* archives that the item is in, the outermost first;
			  * 0: a file */
	struct input_level levels[LEVELS_INSIDE_MAX + 1];
};

/* The options' targets and the walk are borrowed. */
enum rc input_open(struct input **ip, const struct input_options *o,
    const struct walk *w, struct err *e);
/* The members of one file, which is taken to be an archive. */
enum rc input_open_archive(struct input **ip, const struct input_options *o,
    const char *path, struct err *e);
void input_close(struct input *in); /* takes NULL */

/* The next item, which is the cursor's. RC_END behind the last. RC_FATAL:
 * memory, or the caller's signal to stop (o->spool->stop). */
enum rc input_next(struct input *in, struct input_item **item, struct err *e);

/* Before the first input_next(): continue at the item with that position. The
 * caller checks its name. */
void input_seek(struct input *in, const struct input_position *to);

/* The position of the present item. */
const struct input_position *input_position(const struct input *in);

/* The path of the present entry of the walk. */
const char *input_path(const struct input *in);

/* Bytes of archives read so far, for progress: those of logs that are files
 * are the caller's to count. */
uint64_t input_bytes(const struct input *in);

/* Whether the filter leaves an entry of the walk out. */
bool input_leaves_out(
    const struct input_filter *f, const struct walk_entry *entry);

#endif
