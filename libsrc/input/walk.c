/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/file_type.h"
#include "input/walk.h"
#include "util/io.h"
#include "util/sorter.h"

struct place {
	struct walk *walk;
	/* Folder that is not walked; NULL: every folder is walked. */
	const struct stat *skip;
	/* Real path of the operand without a trailing slash. */
	const char *root;
	unsigned depth;
};

/* Add an entry to a list. A record is an entry followed by its path. `why` is a
 * constant, so its address stays valid in a temporary file of this process. */
static enum rc
put(struct sorter *to, const struct walk_entry *entry, struct err *e)
{
	union {
		struct walk_entry entry;
		char bytes[SORTER_RECORD_MAX];
	} record;
	const size_t n = strlen(entry->path) + 1;

	if (n > sizeof(record) - sizeof(record.entry))
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "%.200s...: the path is too long", entry->path);
	memset(&record.entry, 0, sizeof(record.entry));
	record.entry = *entry;
	record.entry.path = NULL;
	memcpy(record.bytes + sizeof(record.entry), entry->path, n);
	return sorter_add(
	    to, span_of(record.bytes, sizeof(record.entry) + n), e);
}

static struct walk_entry
entry_of(const struct walk *w, const char *path, const char *why,
    const struct stat *st)
{
	struct walk_entry entry;

	memset(&entry, 0, sizeof(entry));
	entry.path = path;
	entry.operand = w->n_operands - 1;
	entry.inside = w->inside;
	entry.log = file_type_is_log_name(path);
	entry.why = why;
	if (st != NULL) {
		entry.bytes = (uint64_t)st->st_size;
		entry.dev = st->st_dev;
		entry.ino = st->st_ino;
		entry.modified = st->st_mtim;
		entry.changed = st->st_ctim;
	}
	return entry;
}

/* Add an entry to the list of a walk. */
static enum rc
list(struct walk *w, const struct walk_entry *entry, struct err *e)
{
	w->why = entry->why;
	return put(w->sorted, entry, e);
}

/* Add an entry that cannot be read because of a failed system call; errno has
 * the reason. */
static enum rc
add_failed(struct walk *w, const char *path, const char *why, struct err *e)
{
	const int sys = errno;
	struct walk_entry entry = entry_of(w, path, why, NULL);

	if (sys == ENOMEM)
		return err_nomem(e);
	entry.sys = sys;
	return list(w, &entry, e);
}

static enum rc
add(struct walk *w, const char *path, const char *why, const struct stat *st,
    struct err *e)
{
	const struct walk_entry entry = entry_of(w, path, why, st);

	return list(w, &entry, e);
}

/* Read the first bytes of a regular file; false if it cannot be opened or read.
 * The flags keep a FIFO or a link that took the file's place from blocking or
 * being followed. */
static bool
read_head(const char *path, bool follow, uint8_t *bytes, size_t *n)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
	const int fd = open(path, follow ? flags : flags | O_NOFOLLOW);

	*n = 0;
	if (fd == -1)
		return false;
	const ssize_t got = pread(fd, bytes, FILE_TYPE_FIRST_BYTES, 0);
	(void)close(fd);
	if (got > 0)
		*n = (size_t)got;
	return got >= 0;
}

/* Decide by the first bytes about a file whose name is neither a log's nor an
 * archive's. */
static enum rc
look_into(
    struct walk *w, const char *path, const struct stat *st, struct err *e)
{
	uint8_t bytes[FILE_TYPE_FIRST_BYTES];
	size_t n = 0;

	const bool regular = S_ISREG(st->st_mode);
	const bool seen =
	    !regular || st->st_size == 0 || read_head(path, false, bytes, &n);
	if (!seen && errno == ENOMEM)
		return err_nomem(e);
	const struct span head = span_of(bytes, n);
	const char *const why =
	    regular ? file_type_unsupported(head, path) : NULL;
	if (!file_type_is_evtx(head) && why == NULL) {
		w->passed++;
		w->unseen += seen ? 0 : 1;
		return RC_OK;
	}
	struct walk_entry entry = entry_of(w, path, why, st);
	entry.log = why == NULL;
	return list(w, &entry, e);
}

static enum rc walk_folder(
    const struct place *at, const char *path, struct err *e);

/* Add a file or walk a folder. A link is followed only to a place inside the
 * folder being walked. */
static enum rc
walk_name(const struct place *at, const char *path, struct err *e)
{
	const bool wanted = file_type_is_log_name(path) ||
			    file_type_is_archive_name(path) ||
			    file_type_is_packed_log_name(path);
	struct stat st;

	if (lstat(path, &st) == -1)
		return wanted
			   ? add_failed(at->walk, path, "cannot be examined", e)
			   : RC_OK;
	if (S_ISDIR(st.st_mode))
		return at->skip != NULL && at->skip->st_ino == st.st_ino &&
			       at->skip->st_dev == st.st_dev
			   ? RC_OK
			   : walk_folder(at, path, e);
	if (!wanted)
		return look_into(at->walk, path, &st, e);
	if (S_ISLNK(st.st_mode)) {
		const size_t n = strlen(at->root);
		char *const real = realpath(path, NULL);
		if (real == NULL && errno == ENOMEM)
			return err_nomem(e);
		const bool inside = real != NULL &&
				    strncmp(real, at->root, n) == 0 &&
				    real[n] == '/';
		free(real);
		if (!inside)
			return add(at->walk, path,
			    "is a symbolic link that leads out of its folder",
			    &st, e);
		if (stat(path, &st) == -1)
			return add_failed(
			    at->walk, path, "cannot be examined", e);
	}
	return add(at->walk, path,
	    S_ISREG(st.st_mode) ? NULL : "is not a regular file", &st, e);
}

static enum rc
walk_folder(const struct place *at, const char *path, struct err *e)
{
	const struct place below = { at->walk, at->skip, at->root,
		at->depth + 1 };
	const char *const slash = path[strlen(path) - 1] == '/' ? "" : "/";
	const char *name;
	struct err why;
	enum rc rc = RC_OK;

	if (at->depth == WALK_DEPTH_MAX)
		return add(at->walk, path, "is nested too deep", NULL, e);
	DIR *const d = opendir(path);
	if (d == NULL)
		return add_failed(
		    at->walk, path, "is a folder that cannot be read", e);
	while (rc == RC_OK) {
		char *inside = NULL;
		const enum rc got = io_next_name(d, path, &name, &why);
		if (got == RC_END)
			break;
		if (got != RC_OK) {
			errno = why.sys;
			rc = add_failed(at->walk, path,
			    "is a folder that cannot be read to its end", e);
			break;
		}
		rc = asprintf(&inside, "%s%s%s", path, slash, name) == -1
			 ? err_nomem(e)
			 : walk_name(&below, inside, e);
		free(inside);
	}
	(void)closedir(d);
	return rc;
}

/* Returns why an operand cannot be read; NULL if it can be read, or if its
 * reader will report the failure. */
static const char *
why_not(const char *path, const struct stat *st)
{
	uint8_t bytes[FILE_TYPE_FIRST_BYTES];
	size_t n = 0;

	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	return st->st_size != 0 && read_head(path, true, bytes, &n)
		   ? file_type_unsupported(span_of(bytes, n), path)
		   : NULL;
}

static enum rc
walk_operand(struct walk *w, const char *path, struct err *e)
{
	struct stat skipped;
	struct stat st;

	if (strcmp(path, "-") == 0) {
		struct walk_entry entry = entry_of(w, "stdin", NULL, NULL);
		entry.is_stdin = true;
		if (w->on_stdin) {
			w->operands[w->n_operands - 1].found = true;
			return RC_OK;
		}
		w->on_stdin = true;
		return put(w->sorted, &entry, e);
	}
	if (stat(path, &st) == -1) {
		(void)err_sys(e, RC_FATAL, "%s", path);
		if (e->sys != EIO && e->sys != ENOMEM)
			e->why = WHY_USAGE;
		return e->rc;
	}
	if (!S_ISDIR(st.st_mode))
		return add(w, path, why_not(path, &st), &st, e);
	char *const root = realpath(path, NULL);
	if (root == NULL)
		return err_sys(e, RC_FATAL, "%s", path);
	const size_t n = strlen(path);
	const bool skip = w->skip != NULL && stat(w->skip, &skipped) == 0;
	const struct place at = { w, skip ? &skipped : NULL, root, 0 };
	w->folders++;
	w->inside = path[n - 1] == '/' ? n : n + 1;
	const enum rc rc = walk_folder(&at, path, e);
	w->inside = 0;
	free(root);
	return rc;
}

static int
by_path(const void *a, const void *b)
{
	const struct walk_entry *const x = a;
	const struct walk_entry *const y = b;

	return strcmp((const char *)(x + 1), (const char *)(y + 1));
}

static int
by_file(const void *a, const void *b)
{
	const struct walk_entry *const x = a;
	const struct walk_entry *const y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return by_path(a, b);
}

enum rc
walk_read(struct sorter_reader **rp, const struct walk *w, struct err *e)
{
	return sorter_read(rp, w->sorted, e);
}

enum rc
walk_next_entry(
    struct sorter_reader *r, struct walk_entry *entry, struct err *e)
{
	struct span record;

	const enum rc rc = sorter_next(r, &record, e);
	if (rc != RC_OK)
		return rc;
	memcpy(entry, record.p, sizeof(*entry));
	entry->path = (const char *)record.p + sizeof(*entry);
	return RC_OK;
}

enum rc
walk_keep(struct walk *w, const struct walk_filter *filter, struct err *e)
{
	const struct sorter_options o = { by_path, w->scratch, 0 };
	struct sorter *const all = w->sorted;
	struct sorter_reader *r = NULL;
	struct walk_entry entry;

	w->sorted = NULL;
	w->n = w->bytes = w->bytes_packed = 0;
	enum rc rc = sorter_create(&w->sorted, &o, e);
	if (rc == RC_OK)
		rc = sorter_read(&r, all, e);
	while (rc == RC_OK && (rc = walk_next_entry(r, &entry, e)) == RC_OK) {
		bool yes = false;
		rc = filter->keeps(filter->arg, &entry, &yes, e);
		w->operands[entry.operand].found |= !yes;
		if (rc != RC_OK || !yes)
			continue;
		w->n++;
		w->bytes += entry.bytes;
		w->bytes_packed += entry.log ? 0 : entry.bytes;
		rc = put(w->sorted, &entry, e);
	}
	sorter_reader_destroy(r);
	sorter_destroy(all);
	return rc == RC_END ? sorter_finish(w->sorted, e) : rc;
}

/* Keep the first name of each file: one file under two names is one source.
 * Entries that could not be examined have no inode and are all kept. */
static enum rc
keep_first_name(
    void *arg, const struct walk_entry *entry, bool *yes, struct err *e)
{
	struct walk_entry *const last = arg;

	(void)e;
	*yes = last->ino == 0 || entry->ino != last->ino ||
	       entry->dev != last->dev;
	last->ino = entry->ino;
	last->dev = entry->dev;
	return RC_OK;
}

enum rc
walk_end(struct walk *w, struct err *e)
{
	struct walk_entry last = { .ino = 0 };
	const struct walk_filter first = { keep_first_name, &last };
	const enum rc rc = sorter_finish(w->sorted, e);

	return rc == RC_OK ? walk_keep(w, &first, e) : rc;
}

enum rc
walk_begin(struct walk *w, char *const *operands, size_t n, struct err *e)
{
	const struct sorter_options o = { by_file, w->scratch, 0 };

	w->operands = calloc(n, sizeof(*w->operands));
	if (w->operands == NULL)
		return err_nomem(e);
	w->n_operands = n;
	for (size_t i = 0; i < n; i++)
		w->operands[i].path = operands[i];
	return sorter_create(&w->sorted, &o, e);
}

enum rc
walk_operands(struct walk *w, char *const *operands, size_t n, struct err *e)
{
	enum rc rc = walk_begin(w, operands, n, e);

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		w->n_operands = i + 1;
		rc = walk_operand(w, operands[i], e);
	}
	if (rc == RC_OK)
		rc = walk_end(w, e);
	if (rc != RC_OK)
		walk_free(w);
	return rc;
}

/* --- the list of an earlier walk ------------------------------------------ */

enum rc
walk_again(struct walk *w, const char *path, size_t inside, struct err *e)
{
	struct stat st;
	enum rc rc;

	if (inside == 0 && stat(path, &st) == -1)
		return add_failed(w, path, "cannot be examined", e);
	if (inside == 0)
		return add(w, path, why_not(path, &st), &st, e);
	/* The file was found in a folder: links must not lead out of it. */
	char *const folder = strndup(path, inside);
	char *const root = folder == NULL ? NULL : realpath(folder, NULL);
	if (root == NULL && errno == ENOMEM) {
		rc = err_nomem(e);
	} else if (root == NULL) {
		rc = add_failed(w, path, "cannot be examined", e);
	} else {
		const struct place at = { w, NULL, root, 0 };
		w->inside = inside;
		rc = walk_name(&at, path, e);
		w->inside = 0;
	}
	free(root);
	free(folder);
	return rc;
}

void
walk_free(struct walk *w)
{
	sorter_destroy(w->sorted);
	free(w->operands);
	memset(w, 0, sizeof(*w));
}
