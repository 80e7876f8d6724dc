/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/source_lookup.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/maxima.h"
#include "util/scratch.h"

#define INSIDE SOURCE_NAME_INSIDE
#define UTF8_MORE 3 /* bytes of a character that is not kept whole */
#define NAME_MAX_BYTES ((size_t)1 << 20)

/* --- which names are wanted ----------------------------------------------- */

struct search {
	const struct source_lookup_options *o;
	const struct source_lookup_names *names;
	const struct source_lookup_visit *visit;
	struct err first; /* what could not be read */
};

/* The first name that is not before this one. */
static size_t
lower_bound(const struct source_lookup_names *names, const char *name)
{
	size_t from = 0;
	size_t to = names->n;

	while (from < to) {
		const size_t at = from + (to - from) / 2;
		if (strcmp(names->names[at], name) < 0)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

static bool
is_named(const struct search *s, const char *name, size_t *i)
{
	*i = lower_bound(s->names, name);
	return *i < s->names->n && strcmp(s->names->names[*i], name) == 0;
}

/* Whether there are names of what is inside it. */
static enum rc
is_around(const struct search *s, const char *name, bool *yes, struct err *e)
{
	struct buf b;

	buf_init(&b, 2 * NAME_MAX_BYTES);
	buf_str(&b, name);
	buf_str(&b, INSIDE);
	/* Of a name that was cut it may be only the beginning. */
	if (b.n > MAXIMUM_NAME_KEPT - UTF8_MORE)
		buf_cut(&b, MAXIMUM_NAME_KEPT - UTF8_MORE);
	buf_byte(&b, '\0');
	*yes = false;
	if (!b.full) {
		const size_t i = lower_bound(s->names, (const char *)b.p);
		*yes = i < s->names->n && strncmp(s->names->names[i],
					      (const char *)b.p, b.n - 1) == 0;
	}
	const enum rc rc =
	    b.full ? buf_fail(&b, "the name of an archive", e) : RC_OK;
	buf_reset(&b);
	return rc;
}

/* --- archives ------------------------------------------------------------- */

/* An archive that is being read, and the name of the member that is. */
struct level {
	struct search *s;
	struct level *outer;
	unsigned depth;
	struct unpack *u;
	char *name;
};

static enum rc
member_block(void *ctx, struct span *block, struct err *e)
{
	struct level *const in = ctx;
	struct err why;

	err_clear(&why);
	const enum rc rc = unpack_block(in->u, block, &why);
	if (rc == RC_SKIP)
		return err_set(e, rc, why.why, "%s: %s", in->name, why.text);
	if (rc == RC_FATAL)
		*e = why;
	return rc;
}

/* It is lost with what is in it, the rest is not. */
static enum rc
lose(struct search *s, enum rc rc, const struct err *e)
{
	if (rc != RC_SKIP)
		return rc;
	if (s->first.rc == RC_OK)
		s->first = *e;
	return RC_OK;
}

static enum rc read_members(
    struct level *in, const struct unpack_from *from, struct err *e);

static enum rc
read_inner(struct level *in, struct nested *n, struct err *e)
{
	struct level inner = {
		.s = in->s, .outer = in, .depth = in->depth + 1
	};
	struct unpack_from from = { .name = in->name, .outer = in->u };

	enum rc rc = nested_open(n, in->s->o->spool, &from, e);
	if (rc == RC_OK)
		rc = read_members(&inner, &from, e);
	return lose(in->s, rc, e);
}

/* A member whose name is also in front of others may be an archive. */
static enum rc
read_member(struct level *in, struct err *e)
{
	const struct source_lookup_visit *const visit = in->s->visit;
	struct nested n;
	bool around;
	size_t i;

	const bool named = is_named(in->s, in->name, &i);
	enum rc rc = is_around(in->s, in->name, &around, e);
	if (rc != RC_OK || (!named && !around))
		return rc;
	nested_look(&n, (struct stream){ member_block, in });
	if (around && n.magic != FILE_TYPE_UNKNOWN && in->depth < NESTED_MAX)
		rc = read_inner(in, &n, e);
	else if (named)
		rc = visit->take(visit->arg, i, nested_stream(&n), e);
	nested_close(&n, in->s->o->spool);
	return rc;
}

static enum rc
read_members(struct level *in, const struct unpack_from *from, struct err *e)
{
	struct unpack_member m;

	enum rc rc = unpack_create(&in->u, &in->s->o->unpack, from, e);
	while (rc == RC_OK && (rc = unpack_next(in->u, &m, e)) == RC_OK) {
		if (m.kind != UNPACK_FILE)
			continue;
		in->name = source_name_make(from->name, m.name);
		rc = in->name == NULL ? err_nomem(e) : read_member(in, e);
		free(in->name);
		in->name = NULL;
	}
	unpack_destroy(in->u);
	return rc == RC_END ? RC_OK : rc;
}

/* --- files ---------------------------------------------------------------- */

/* O_NONBLOCK: a FIFO in its place must not hold us for ever. */
static enum rc
open_file(const char *path, int *fd, struct err *e)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1)
		return err_sys(e, RC_SKIP, "open %s", path);
	if (fstat(*fd, &st) == -1)
		return err_sys(e, RC_SKIP, "look at %s", path);
	if (S_ISREG(st.st_mode))
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_SYSTEM, "%s is no regular file", path);
}

static enum rc
read_file(struct search *s, const char *path, int fd, struct err *e)
{
	struct stream_file *f;

	enum rc rc = stream_file_create(&f, fd, path, e);
	if (rc == RC_OK)
		rc = s->visit->take(s->visit->arg, 0, stream_of_file(f), e);
	stream_file_destroy(f);
	return rc;
}

enum rc
source_lookup_read(const struct source_lookup_options *o,
    const struct source_lookup_names *names,
    const struct source_lookup_visit *visit, struct err *e)
{
	struct search s = { .o = o, .names = names, .visit = visit };
	struct level in = { .s = &s };
	char *const path = strndup(names->names[0], names->file);
	int fd = -1;

	enum rc rc = path == NULL ? err_nomem(e) : open_file(path, &fd, e);
	const struct unpack_from from = { .name = path, .fd = fd };
	if (rc == RC_OK)
		rc = names->names[0][names->file] == '\0'
			 ? read_file(&s, path, fd, e)
			 : read_members(&in, &from, e);
	rc = lose(&s, rc, e);
	if (rc == RC_OK && s.first.rc != RC_OK) {
		*e = s.first;
		rc = RC_SKIP;
	}
	if (fd != -1)
		(void)close(fd);
	free(path);
	return rc;
}

/* --- one of them ---------------------------------------------------------- */

struct one {
	const struct spool *spool;
	const char *sha256;
	struct digest *digest;
	int fd;
	bool found;
};

static enum rc
copy(struct one *one, struct stream bytes, struct err *e)
{
	struct span block;
	uint64_t n = 0;
	enum rc rc;

	while ((rc = stream_next(bytes, &block, e)) == RC_OK) {
		n += block.n;
		if (n > one->spool->max)
			return err_set(e, RC_SKIP, WHY_LIMIT,
			    "it has more than %llu bytes (--max-spool)",
			    (unsigned long long)one->spool->max);
		rc = io_write(one->fd, block, "the temporary copy of a log", e);
		if (rc == RC_OK)
			rc = digest_add(one->digest, block, e);
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_END ? RC_OK : rc;
}

/* RC_END: nothing more is wanted. What breaks off may be what was read. */
static enum rc
take_one(void *arg, size_t i, struct stream bytes, struct err *e)
{
	struct one *const one = arg;
	char sha256[DIGEST_HEX];

	(void)i;
	enum rc rc = io_go_back(one->fd, 0, "the temporary copy of a log", e);
	if (rc == RC_OK)
		rc = digest_restart(one->digest, e);
	if (rc == RC_OK)
		rc = copy(one, bytes, e);
	if (rc == RC_OK || rc == RC_SKIP)
		rc = digest_final_hex(one->digest, sha256, e);
	if (rc != RC_OK)
		return rc;
	one->found = strcmp(sha256, one->sha256) == 0;
	return one->found ? RC_END : RC_OK;
}

static enum rc
copy_one(const struct source_lookup_options *o,
    const struct source_lookup_names *names, struct one *one, struct err *e)
{
	const struct source_lookup_visit visit = { take_one, one };

	enum rc rc = digest_create(&one->digest, e);
	if (rc == RC_OK)
		rc = scratch_open(
		    &one->fd, o->spool->dirfd, o->spool->scratch, e);
	if (rc == RC_OK)
		rc = source_lookup_read(o, names, &visit, e);
	digest_destroy(one->digest);
	if (one->found)
		return RC_OK;
	return rc != RC_OK
		   ? rc
		   : err_set(e, RC_SKIP, WHY_TAMPERED,
			 "%s is not there as it was read", names->names[0]);
}

enum rc
source_lookup_open(const struct source_lookup_options *o, const char *name,
    const char *sha256, int *fd, struct err *e)
{
	const struct source_lookup_names names = { &name, 1,
		source_name_file(name, e) };
	struct one one = { .spool = o->spool, .sha256 = sha256, .fd = -1 };

	*fd = -1;
	if (names.file == 0)
		return e->rc;
	enum rc rc = RC_OK;
	if (name[names.file] == '\0')
		rc = open_file(name, &one.fd, e);
	else
		rc = copy_one(o, &names, &one, e);
	if (rc == RC_OK)
		*fd = one.fd;
	else if (one.fd != -1)
		(void)close(one.fd);
	return rc;
}
