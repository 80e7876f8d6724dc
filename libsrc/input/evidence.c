/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/evidence.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/maxima.h"
#include "util/scratch.h"
#include "util/text.h"

#define INSIDE "!/"
#define UTF8_MORE 3 /* bytes of a character that is not kept whole */
#define NAME_MAX_BYTES ((size_t)1 << 20)

#define CUT "...sha256:"
#define CUT_BYTES (sizeof(CUT) - 1 + DIGEST_HEX - 1)
_Static_assert(MAXIMUM_NAME_KEPT + CUT_BYTES <= MAXIMUM_NAME,
    "a name that was cut is not too long");

/* A name that only looks like one that was cut is cut, too: so no two names
 * become the same. */
static bool
must_be_cut(struct span name)
{
	uint8_t sum[DIGEST_BYTES];

	if (name.n > MAXIMUM_NAME)
		return true;
	if (name.n < CUT_BYTES)
		return false;
	const uint8_t *const end = name.p + name.n - CUT_BYTES;
	return memcmp(end, CUT, sizeof(CUT) - 1) == 0 &&
	       digest_unhex(
		   span_of(end + sizeof(CUT) - 1, DIGEST_HEX - 1), sum);
}

/* Keep the first bytes, up to the end of a character, and the digest of all. */
static void
cut_name(struct buf *b)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	size_t keep = b->n < MAXIMUM_NAME_KEPT ? b->n : MAXIMUM_NAME_KEPT;
	struct err e;

	if (!must_be_cut(buf_span(b)))
		return;
	if (digest_once(buf_span(b), sum, &e) != RC_OK) {
		b->full = true;
		return;
	}
	digest_hex(sum, sizeof(sum), hex);
	while (keep > 0 && keep < b->n && (b->p[keep] & 0xC0) == 0x80)
		keep--;
	buf_cut(b, keep);
	buf_str(b, CUT);
	buf_str(b, hex);
}

char *
evidence_name(const char *archive, const char *path)
{
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	errno = 0;
	if (archive != NULL) {
		text_utf8_utf8(&b, span_str(archive));
		buf_str(&b, INSIDE);
	}
	text_utf8_utf8(&b, span_str(path));
	if (!b.full)
		cut_name(&b);
	buf_byte(&b, '\0');
	if (!b.full)
		return (char *)b.p;
	buf_reset(&b);
	if (errno == ENOMEM)
		return NULL;
	return strdup("(a name that is too long)");
}

/* Whether the first n bytes are the name of a file; folders are only passed on
 * the way. e says why nobody knows. */
static bool
is_file(const char *name, size_t n, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (n >= sizeof(path))
		return false;
	memcpy(path, name, n);
	path[n] = '\0';
	if (stat(path, &st) == 0)
		return S_ISREG(st.st_mode);
	if (errno != ENOENT && errno != ENOTDIR)
		(void)err_sys(e, RC_SKIP, "open %s", path);
	return false;
}

size_t
evidence_file(const char *name, struct err *e)
{
	struct stat st;

	if (stat(name, &st) == 0)
		return strlen(name);
	(void)err_sys(e, RC_SKIP, "open %s", name);
	for (const char *p = strstr(name, INSIDE); p != NULL;
	     p = strstr(p + 1, INSIDE)) {
		if (is_file(name, (size_t)(p - name), e))
			return (size_t)(p - name);
	}
	return 0;
}

/* --- which names are wanted ----------------------------------------------- */

struct search {
	const struct evidence_options *o;
	const struct evidence_names *names;
	const struct evidence_visit *visit;
	struct err first; /* what could not be read */
};

/* The first name that is not before this one. */
static size_t
lower_bound(const struct evidence_names *names, const char *name)
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
	const struct evidence_visit *const visit = in->s->visit;
	struct nested n;
	bool around;
	size_t i;

	const bool named = is_named(in->s, in->name, &i);
	enum rc rc = is_around(in->s, in->name, &around, e);
	if (rc != RC_OK || (!named && !around))
		return rc;
	nested_look(&n, (struct stream){ member_block, in });
	if (around && n.magic != MAGIC_NONE && in->depth < NESTED_MAX)
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
		in->name = evidence_name(from->name, m.name);
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
evidence_read(const struct evidence_options *o,
    const struct evidence_names *names, const struct evidence_visit *visit,
    struct err *e)
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
	const struct nested_spool *spool;
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
copy_one(const struct evidence_options *o, const struct evidence_names *names,
    struct one *one, struct err *e)
{
	const struct evidence_visit visit = { take_one, one };

	enum rc rc = digest_create(&one->digest, e);
	if (rc == RC_OK)
		rc = scratch_open(
		    &one->fd, o->spool->dirfd, o->spool->scratch, e);
	if (rc == RC_OK)
		rc = evidence_read(o, names, &visit, e);
	digest_destroy(one->digest);
	if (one->found)
		return RC_OK;
	return rc != RC_OK
		   ? rc
		   : err_set(e, RC_SKIP, WHY_TAMPERED,
			 "%s is not there as it was read", names->names[0]);
}

enum rc
evidence_open(const struct evidence_options *o, const char *name,
    const char *sha256, int *fd, struct err *e)
{
	const struct evidence_names names = { &name, 1,
		evidence_file(name, e) };
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
