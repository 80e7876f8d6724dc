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
	bool found; /* it has a log, or something that may be one; the caller
		       may set it too */
};

struct walk_entry {
	const char *path; /* the operand, or operand/inside; borrowed */
	size_t operand;
	bool log;      /* by its name or its first bytes */
	size_t inside; /* offset of the name inside the folder; 0: it is an
			  operand */
	bool is_stdin;
	const char *why; /* NULL, or why it cannot be read, */
	int sys;         /* and the errno, or 0 */
	uint64_t bytes;  /* size in bytes when it was found */
	dev_t dev;
	ino_t ino;
	struct timespec modified;
	struct timespec changed;
};

struct walk {
	const char *skip; /* a folder that is not walked, such as the output's,
			     or NULL; set before walk_operands() */
	struct scratch
	    *scratch; /* for temporary files; set before walk_operands() */
	struct sorter *sorted; /* the entries, by name */
	uint64_t n;            /* entries */
	uint64_t bytes;        /* size of all entries, */
	uint64_t
	    bytes_packed; /* and of those that are archives or compressed */
	bool on_stdin;    /* an entry is standard input */
	size_t inside;    /* walk_entry.inside of the entries being added */
	size_t folders;   /* how many operands were folders */
	struct walk_operand *operands; /* owned */
	size_t n_operands;
	uint64_t passed; /* files in folders that are not logs; */
	uint64_t unseen; /* of them: their first bytes cannot be read */
};

/* Make the list. The walk is zeroed except for `skip` and `scratch`. RC_FATAL
 * with WHY_USAGE if an operand does not exist; a folder that cannot be read
 * becomes an entry with the reason. */
enum rc walk_operands(
    struct walk *w, char *const *operands, size_t n, struct err *e);
void walk_free(struct walk *w);

/* Make the list again from the names of an earlier walk (walk_entry.path and
 * .inside): begin, add each name, end. Each file is examined anew, and belongs
 * to the last operand. */
enum rc walk_begin(
    struct walk *w, char *const *operands, size_t n, struct err *e);
enum rc walk_again(
    struct walk *w, const char *path, size_t inside, struct err *e);
enum rc walk_end(struct walk *w, struct err *e);

/* Selects entries of a finished list. */
struct walk_filter {
	enum rc (*keeps)(void *arg, const struct walk_entry *entry, bool *yes,
	    struct err *e);
	void *arg;
};

enum rc walk_keep(
    struct walk *w, const struct walk_filter *filter, struct err *e);

/* Read the list from its beginning. Readers are independent of each other; an
 * entry is valid until the next call. RC_END after the last one. */
enum rc walk_read(
    struct sorter_reader **rp, const struct walk *w, struct err *e);
enum rc walk_next_entry(
    struct sorter_reader *r, struct walk_entry *entry, struct err *e);

#endif
