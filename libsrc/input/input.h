/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over the logs among the inputs: files, archives, archives inside
 * them, and standard input. input_next_log() moves to the next log, whose bytes
 * the caller may then read. All commands use this cursor, so all find the same
 * members of an archive.
 *
 *   while ((rc = input_next_log(in, &item, e)) == RC_OK)
 *           ... item->name, item->fd or item->stream ...
 *
 * A file is opened once, and recognized as an archive by its content. In an
 * archive, a log is a member whose name ends in .evtx or whose first bytes are
 * those of a log. An input or member that should be read but cannot be read is
 * returned as an item with the reason.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "input/levels.h"
#include "input/walk.h"
#include "util/digest.h"

struct input;

/* Selects logs. A function that is NULL selects all. */
struct input_filter {
	const void *ctx;
	/* Selects a log by its name inside a folder or an archive. Logs that
	 * are not selected are counted as left out. */
	bool (*wants_log)(const void *ctx, const char *inside);
	/* Selects a member, which may be an archive, by its whole name
	 * (input/source_name.h). Other members are not examined. */
	bool (*wants_member)(const void *ctx, const char *name);
};

/* Counts of members and logs that were not returned. */
struct input_counts {
	uint64_t passed;   /* members that are not logs, including `unseen` */
	uint64_t unseen;   /* members whose first bytes could not be read */
	uint64_t left_out; /* number of logs that the filter did not select */
	/* For each operand: true if a log of it was found. NULL: this is not
	 * recorded. */
	bool *found;
};

struct input_options {
	const struct unpack_options *unpack;
	unsigned nesting; /* maximum number of archives inside an archive */
	struct spool *spool;
	bool digests; /* compute the SHA-256 of each archive */
	struct input_filter filter;
	/* Counters to increase; NULL: nothing is counted. */
	struct input_counts *counts;
	/* Called while an archive is read for its digest; may be NULL. */
	void (*progress)(void *ctx);
	void *ctx;
};

enum input_kind {
	INPUT_NONE,
	INPUT_LOG, /* a log, or a file that should be one */
	/* A log or archive that cannot be read; `why` has the reason. */
	INPUT_UNREADABLE,
	INPUT_EMPTY, /* an archive without logs */
	/* The end of an archive that is a stream; its digest and `items` are
	 * known only now. */
	INPUT_ARCHIVE_END
};

struct input_item {
	enum input_kind kind;
	const char *name; /* name as in a manifest; valid until the next call */
	/* The descriptor of a log that is a file. The cursor closes it unless
	 * the caller sets this member to -1 and closes the descriptor itself.
	 */
	int fd;
	struct stream stream; /* bytes of a log, if fd is -1 */
	bool is_archive; /* INPUT_UNREADABLE: the item is a whole archive */
	/* SHA-256 of the outermost archive as hex; "": not in an archive, or
	 * not computed. */
	char archive_sha256[DIGEST_HEX];
	uint64_t bytes; /* INPUT_EMPTY: size of the archive */
	uint64_t items; /* INPUT_ARCHIVE_END: number of items of the archive */
	struct err why;
};

/* The position in one archive: a member, and what was unpacked from the archive
 * before it. */
struct input_level {
	uint64_t member; /* number of the member, from 1 */
	struct unpack_used used;
};

/* The position of an item. */
struct input_position {
	uint64_t entry; /* index of the entry in the walk */
	/* Length of `levels`: an element for each archive around the item, the
	 * outermost first; 0: the item is a file. */
	size_t n_levels;
	struct input_level levels[LEVELS_INSIDE_MAX + 1];
};

/* Open a cursor over the entries of a walk; w is NULL if there are none. The
 * walk, and what the options point to, are borrowed. */
enum rc input_open(struct input **ip, const struct input_options *o,
    const struct walk *w, struct err *e);
/* Open a cursor over the members of one file, which must be an archive. The
 * cursor closes fd. */
enum rc input_open_archive(struct input **ip, const struct input_options *o,
    const char *path, int fd, struct err *e);
void input_close(struct input *in); /* in may be NULL */

/* Move to the next item, which belongs to the cursor. RC_END after the last
 * one. RC_FATAL if memory is exhausted, or if o->spool->stop is set. */
enum rc input_next_log(
    struct input *in, struct input_item **item, struct err *e);

/* Start at the item with this position; must be called before the first
 * input_next_log(). The caller checks the item's name. */
void input_seek(struct input *in, const struct input_position *to);

/* Returns the position of the current item. */
const struct input_position *input_position(const struct input *in);

/* Returns the path of the current entry of the walk. */
const char *input_path(const struct input *in);

/* Returns the bytes of archives read so far, for progress. Bytes of logs that
 * are files are not included. */
uint64_t input_bytes(const struct input *in);

/* True if the filter does not select an entry of the walk. */
bool input_leaves_out(
    const struct input_filter *f, const struct walk_entry *entry);

#endif
