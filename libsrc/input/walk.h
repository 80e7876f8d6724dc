/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the list of inputs from the operands. An operand that is a file is
 * always listed. In a folder, a log is a file whose name ends in .evtx,
 * ignoring case, or that begins like a log: every regular file with another
 * name is opened once for its first bytes. Archives and compressed logs are
 * recognized by their names, and unsupported evidence by its name or its first
 * bytes (input/file_type.h). Other files are only counted. The operand - is
 * standard input. The list is sorted by name, so it does not depend on the
 * order of operands and directory entries, and a file that is given twice is
 * listed once. A long list is kept in a temporary file (util/sorter.h), so
 * memory does not grow with the number of files.
 *
 * Only regular files are opened. A symbolic link inside a folder is followed
 * only to a file inside that folder; FIFOs, devices and links that lead out are
 * listed with the reason why they are not read.
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
	const char *path; /* path as the user gave it; borrowed */
	/* True if an entry of the operand was dropped from the list; the caller
	 * may also set it. */
	bool found;
};

struct walk_entry {
	const char *path; /* path of the operand, or operand/inside; borrowed */
	size_t operand;
	bool log; /* the name or the first bytes are those of a log */
	/* Offset of the name inside the folder; 0: the entry is an operand. */
	size_t inside;
	bool is_stdin;
	/* Why the entry cannot be read; NULL: it can be read. */
	const char *why;
	int sys;        /* errno of the failure; 0: no system call failed */
	uint64_t bytes; /* size of the file in bytes when it was found */
	dev_t dev;
	ino_t ino;
	struct timespec modified;
	struct timespec changed;
};

struct walk {
	/* Folder that is not walked, such as the output folder, or NULL; set
	 * before walk_operands(). */
	const char *skip;
	/* Folder of temporary files; set before walk_operands(). */
	struct scratch *scratch;
	struct sorter *sorted; /* entries, sorted by name */
	uint64_t n;            /* number of entries */
	uint64_t bytes;        /* size of all entries in bytes */
	/* Size of the archives and compressed logs in bytes. */
	uint64_t bytes_packed;
	bool on_stdin;  /* an entry is standard input */
	size_t inside;  /* walk_entry.inside of the entries being added */
	size_t folders; /* number of operands that are folders */
	/* Why the entry that was added last cannot be read; NULL: it can be
	 * read. */
	const char *why;
	struct walk_operand *operands; /* operands; owned */
	size_t n_operands;
	/* Files in folders that are not listed, including `unseen`. */
	uint64_t passed;
	uint64_t unseen; /* files whose first bytes cannot be read */
};

/* Make the list. The walk is zeroed except for `skip` and `scratch`. RC_FATAL
 * with WHY_USAGE if an operand does not exist; a folder that cannot be read
 * becomes an entry with the reason. */
enum rc walk_operands(
    struct walk *w, char *const *operands, size_t n, struct err *e);
void walk_free(struct walk *w);

/* Make the list from the names of an earlier walk (walk_entry.path and
 * .inside): call walk_begin(), walk_again() for each name, and walk_end(). Each
 * file is examined anew, and belongs to the last operand. */
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
