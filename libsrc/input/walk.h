/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From operands to inputs: files are taken as they are. In folders a log is
 * what is called .evtx, without regard to case, or begins like one: every
 * regular file with another name is opened once for its first bytes. Archives
 * and logs that are compressed alone are known by their names, and what looks
 * like evidence that cannot be read by either (input/file_type.h). All else is
 * passed over and counted. The operand - is standard input. The list is sorted
 * by name, so the order of operands and of directory entries plays no part, and
 * a file that is named twice is there once. A long list is kept in a temporary
 * file (util/sorter.h), so memory does not grow with the number of files.
 *
 * Only regular files are taken. A symbolic link inside a folder is followed
 * only to a file inside that folder; FIFOs, devices and links that lead out
 * are listed with the reason instead of being opened.
 */
#ifndef INPUT_WALK_H
#define INPUT_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "util/err.h"

#define WALK_DEPTH_MAX 64

struct scratch;
struct sorter;
struct sorter_reader;

struct walk_operand {
	const char *path; /* borrowed */
	bool found;       /* a log, or what may be one; for the caller, too */
};

struct walk_entry {
	const char *path; /* as given, or operand/inside; borrowed */
	size_t operand;
	bool log;      /* by its name, or because it begins like one */
	size_t inside; /* where the name inside the folder starts; 0: none */
	bool is_stdin;
	const char *why; /* NULL, or why it cannot be taken, */
	int sys;         /* and the errno, or 0 */
	uint64_t bytes;  /* its size when it was found */
	dev_t dev;
	ino_t ino;
	struct timespec modified;
	struct timespec changed;
};

struct walk {
	const char *skip; /* a folder that is not walked, such as that of the
			   * output; or NULL. Set before walk_operands(). */
	struct scratch *scratch; /* of temporary files; set as well */
	struct sorter *sorted;   /* the entries, by name */
	uint64_t n;              /* entries */
	uint64_t bytes;          /* of all entries, */
	uint64_t bytes_packed;   /* and of those that are no logs themselves */
	bool on_stdin;           /* an entry is standard input */
	size_t inside;           /* while walking: walk_entry.inside */
	size_t folders;          /* how many operands were folders */
	struct walk_operand *operands; /* owned */
	size_t n_operands;
	uint64_t passed; /* files that are no logs */
	uint64_t unseen; /* of them: could not be opened, to see */
};

/* Make the list in a walk that is zeroed, but for `skip` and `scratch`.
 * RC_FATAL with WHY_USAGE for an operand that does not exist; a folder that
 * cannot be read is an entry with a reason. */
enum rc walk_operands(
    struct walk *w, char *const *operands, size_t n, struct err *e);
void walk_free(struct walk *w);

/* The same list from names that an earlier walk found, as walk_entry.path and
 * .inside: begin, add each, end. A source is judged again, as it is now. */
enum rc walk_begin(struct walk *w, char *const *operand, struct err *e);
enum rc walk_again(
    struct walk *w, const char *path, size_t inside, struct err *e);
enum rc walk_end(struct walk *w, struct err *e);

/* Keep only some entries of a list that is made. */
struct walk_filter {
	enum rc (*keeps)(void *arg, const struct walk_entry *entry, bool *yes,
	    struct err *e);
	void *arg;
};

enum rc walk_keep(
    struct walk *w, const struct walk_filter *filter, struct err *e);

/* Read the list from its beginning. Readers are independent of each other, and
 * an entry is valid until the next call; RC_END after the last one. */
enum rc walk_read(
    struct sorter_reader **rp, const struct walk *w, struct err *e);
enum rc walk_next(
    struct sorter_reader *r, struct walk_entry *entry, struct err *e);

#endif
