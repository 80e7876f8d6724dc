/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input.h"
#include "input/source_lookup.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/maxima.h"
#include "util/scratch.h"

#define UTF8_MORE 3 /* maximum number of bytes of a cut UTF-8 character */

/* --- which names are wanted ----------------------------------------------- */

/* Set *i to the index of the first of the names that is not less than `name`,
 * comparing their first n bytes; true if these bytes are equal. */
static bool
find(const struct source_lookup_names *names, const char *name, size_t n,
    size_t *i)
{
	size_t from = 0;
	size_t to = names->n;

	while (from < to) {
		const size_t at = from + (to - from) / 2;
		if (strncmp(names->names[at], name, n) < 0)
			from = at + 1;
		else
			to = at;
	}
	*i = from;
	return from < names->n && strncmp(names->names[from], name, n) == 0;
}

/* True if a member, or a member inside it, is wanted. The name of a member
 * inside may be shortened, and then contains only the beginning of the
 * archive's name. */
static bool
wants_member(const void *ctx, const char *name)
{
	const struct source_lookup_names *const names = ctx;
	char archive[MAXIMUM_NAME + sizeof(SOURCE_NAME_INSIDE)];
	size_t i;

	if (find(names, name, strlen(name) + 1, &i))
		return true;
	const int all =
	    snprintf(archive, sizeof(archive), "%s" SOURCE_NAME_INSIDE, name);
	size_t n = all < 0 ? 0 : (size_t)all;
	if (n > MAXIMUM_NAME_KEPT - UTF8_MORE)
		n = MAXIMUM_NAME_KEPT - UTF8_MORE;
	return find(names, archive, n, &i);
}

/* --- files ---------------------------------------------------------------- */

/* O_NONBLOCK: a FIFO in the place of the file must not block. */
static enum rc
open_file(const char *path, int *fd, struct err *e)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1)
		return err_sys(e, RC_SKIP, "open %s", path);
	enum rc rc = RC_OK;
	if (fstat(*fd, &st) == -1)
		rc = err_sys(e, RC_SKIP, "stat %s", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(
		    e, RC_SKIP, WHY_SYSTEM, "%s is not a regular file", path);
	if (rc != RC_OK) {
		(void)close(*fd);
		*fd = -1;
	}
	return rc;
}

/* Visit the wanted members. If an inner archive cannot be read, its members are
 * lost, but the others are still visited. */
static enum rc
read_archive(const struct source_lookup_options *o, const char *path,
    const struct source_lookup_names *names,
    const struct source_lookup_visit *visit, struct err *e)
{
	const struct input_options io = {
		.unpack = &o->unpack,
		.nesting = LEVELS_INSIDE_MAX,
		.spool = o->spool,
		.filter = { .ctx = names, .wants_member = wants_member },
	};
	struct input *in = NULL;
	struct input_item *item;
	struct err first;
	size_t i;
	int fd;

	err_clear(&first);
	enum rc rc = open_file(path, &fd, e);
	if (rc == RC_OK)
		rc = input_open_archive(&in, &io, path, fd, e);
	while (rc == RC_OK && (rc = input_next_log(in, &item, e)) == RC_OK) {
		if (item->is_archive && first.rc == RC_OK)
			first = item->why;
		if (item->kind == INPUT_LOG &&
		    find(names, item->name, strlen(item->name) + 1, &i))
			rc = visit->take(visit->arg, i, item->stream, e);
	}
	input_close(in);
	if (rc != RC_END || first.rc == RC_OK)
		return rc;
	*e = first;
	return RC_SKIP;
}

enum rc
source_lookup_read(const struct source_lookup_options *o,
    const struct source_lookup_names *names,
    const struct source_lookup_visit *visit, struct err *e)
{
	char *const path = strndup(names->names[0], names->file);
	struct stream_file *f = NULL;
	int fd = -1;
	enum rc rc;

	if (path == NULL)
		return err_nomem(e);
	if (names->names[0][names->file] != '\0') {
		rc = read_archive(o, path, names, visit, e);
	} else {
		rc = open_file(path, &fd, e);
		if (rc == RC_OK)
			rc = stream_file_create(&f, fd, path, e);
		if (rc == RC_OK)
			rc = visit->take(visit->arg, 0, stream_of_file(f), e);
		stream_file_destroy(f);
		if (fd != -1)
			(void)close(fd);
	}
	free(path);
	return rc == RC_END ? RC_OK : rc;
}

/* --- one source ----------------------------------------------------------- */

struct one {
	const struct spool *spool;
	const char *sha256;
	struct digest *digest;
	int fd;
	bool found;
};

/* Copy a member and compare its digest. RC_END if the digest is equal. A member
 * that cannot be read to its end may also be the one, since it could not be
 * read further when it was staged. */
static enum rc
take_one(void *arg, size_t i, struct stream bytes, struct err *e)
{
	static const char copy[] = "the temporary copy of a log";
	struct one *const one = arg;
	char sha256[DIGEST_HEX];
	struct span block;
	uint64_t n = 0;

	(void)i;
	enum rc rc = io_go_back(one->fd, 0, copy, e);
	if (rc == RC_OK)
		rc = digest_restart(one->digest, e);
	if (rc != RC_OK)
		return rc;
	while ((rc = stream_next(bytes, &block, e)) == RC_OK) {
		n += block.n;
		if (n > one->spool->max) {
			rc = err_set(e, RC_SKIP, WHY_LIMIT,
			    "the source has more than %llu bytes (--max-spool)",
			    (unsigned long long)one->spool->max);
			break;
		}
		rc = io_write(one->fd, block, copy, e);
		if (rc == RC_OK)
			rc = digest_add(one->digest, block, e);
		if (rc != RC_OK)
			break;
	}
	if (rc == RC_END || rc == RC_SKIP)
		rc = digest_final_hex(one->digest, sha256, e);
	if (rc != RC_OK)
		return rc;
	one->found = strcmp(sha256, one->sha256) == 0;
	return one->found ? RC_END : RC_OK;
}

enum rc
source_lookup_open(const struct source_lookup_options *o, const char *name,
    const char *sha256, int *fd, struct err *e)
{
	const struct source_lookup_names names = { &name, 1,
		source_name_file(name, e) };
	struct one one = { .spool = o->spool, .sha256 = sha256, .fd = -1 };
	const struct source_lookup_visit visit = { take_one, &one };

	*fd = -1;
	if (names.file == 0)
		return e->rc;
	if (name[names.file] == '\0')
		return open_file(name, fd, e);
	enum rc rc = digest_create(&one.digest, e);
	if (rc == RC_OK)
		rc = scratch_open(
		    &one.fd, o->spool->dirfd, o->spool->scratch, e);
	if (rc == RC_OK)
		rc = source_lookup_read(o, &names, &visit, e);
	digest_destroy(one.digest);
	if (one.found) {
		*fd = one.fd;
		return RC_OK;
	}
	if (one.fd != -1)
		(void)close(one.fd);
	return rc != RC_OK ? rc
			   : err_set(e, RC_SKIP, WHY_TAMPERED,
				 "%s is missing or has changed: no member of "
				 "this name has the SHA-256 of the manifest",
				 name);
}
