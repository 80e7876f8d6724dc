/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over the logs among the inputs: files, archives, archives inside
 * them, and standard input. input_next_log() moves to the next log, whose bytes
 * are then read if they are wanted. All commands use this cursor, so all see
 * the same members of an archive.
 *
 *   while ((rc = input_next_log(in, &item, e)) == RC_OK)
 *           ... item->name, item->fd or item->stream ...
 *
 * A file is opened once, and recognized as an archive by its content. In an
 * archive, a log is a member called .evtx or one that begins like a log; the
 * first bytes of other members are examined. An input or member that should be
 * read and cannot be is an item as well, with the reason.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "input/levels.h"
#include "input/walk.h"
#include "util/digest.h"

struct input;

/* Selects logs. A function may be NULL: then all are selected. */
struct input_filter {
	const void *ctx;
	/* By the name inside a folder or an archive. Logs that are not selected
	 * count as left out. */
	bool (*wants_log)(const void *ctx, const char *inside);
	/* By the whole name of a member (input/source_name.h), which may be an
	 * archive; others are not examined. */
	bool (*wants_member)(const void *ctx, const char *name);
};

/* Members and logs that were not returned so far. */
struct input_counts {
	uint64_t passed;   /* members that are not logs; */
	uint64_t unseen;   /* of them: their first bytes could not be read */
	uint64_t left_out; /* logs that the filter refused */
	bool *found;       /* for each operand: it had an item; or NULL */
};

struct input_options {
	const struct unpack_options *unpack;
	unsigned nesting; /* maximum number of archives inside an archive */
	struct spool *spool;
	bool digests; /* compute the SHA-256 of each archive */
	struct input_filter filter;
	struct input_counts *counts; /* counters to increase; or NULL */
	/* Called while an archive is read for its digest; or NULL. */
	void (*progress)(void *ctx);
	void *ctx;
};

enum input_kind {
	INPUT_NONE,
	INPUT_LOG,        /* a log, or a file that should be one */
	INPUT_UNREADABLE, /* evidence that cannot be read: `why` */
	INPUT_EMPTY,      /* an archive without logs */
	INPUT_ARCHIVE_END /* the end of an archive that is a stream: its digest
			     is known now, and `items` came from it */
};

struct input_item {
	enum input_kind kind;
	const char *name; /* as in a manifest; until the next call */
	/* The file of a log. The cursor closes it unless the caller sets this
	 * to -1 and closes it itself. */
	int fd;
	struct stream stream; /* the bytes of a log, if fd is -1 */
	bool is_archive;      /* INPUT_UNREADABLE: the archive as a whole */
	char archive_sha256[DIGEST_HEX]; /* of the outermost archive, or "" */
	uint64_t bytes;                  /* INPUT_EMPTY: size of the archive */
	uint64_t items; /* INPUT_ARCHIVE_END: number of its items */
	struct err why;
};

/* A member of an archive, and what the archive had unpacked before it. */
struct input_level {
	uint64_t member; /* counted from 1 */
	struct unpack_used used;
};

/* The position of an item. */
struct input_position {
	uint64_t entry;  /* index of the entry in the walk */
	size_t n_levels; /* number of archives that the item is in, the
			    outermost first; 0: it is a file */
	struct input_level levels[LEVELS_INSIDE_MAX + 1];
};

/* Open a cursor over the entries of a walk; NULL: it has none. The walk, and
 * what the options point to, are borrowed. */
enum rc input_open(struct input **ip, const struct input_options *o,
    const struct walk *w, struct err *e);
/* Open a cursor over the members of one file, which must be an archive. The
 * cursor closes it. */
enum rc input_open_archive(struct input **ip, const struct input_options *o,
    const char *path, int fd, struct err *e);
void input_close(struct input *in); /* takes NULL */

/* Move to the next item, which belongs to the cursor. RC_END after the last
 * one. RC_FATAL without memory, or if o->spool->stop is set. */
enum rc input_next_log(
    struct input *in, struct input_item **item, struct err *e);

/* Start at the item with this position; call it before the first
 * input_next_log(). The caller checks the item's name. */
void input_seek(struct input *in, const struct input_position *to);

/* The position of the current item. */
const struct input_position *input_position(const struct input *in);

/* The path of the current entry of the walk. */
const char *input_path(const struct input *in);

/* Bytes of archives read so far, for progress. Bytes of logs that are files are
 * not included. */
uint64_t input_bytes(const struct input *in);

/* True if the filter refuses an entry of the walk. */
bool input_leaves_out(
    const struct input_filter *f, const struct walk_entry *entry);

#endif
