/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs in an archive, each a source, and those in the archives in it.
 */
#include <stdlib.h>
#include <string.h>

#include "convert/members.h"
#include "input/file_type.h"
#include "input/source_name.h"

/* An archive that is being read, and the member that is. */
struct level {
	struct intake *r;
	struct level *outer; /* the archive that it is in, or NULL */
	unsigned depth;      /* how many those are */
	const char *archive; /* its name */
	struct unpack *u;
	uint64_t number; /* of the member */
	bool doubtful;   /* its name may be wrong */
	bool alone;      /* it is a compressed file, not a member of it */
	bool unwanted;   /* by its name */
	unsigned unseen; /* those that could not be looked at */
	char *name;
	const char *own; /* in the archive */
};

/* The next block of the member; what is wrong with it is said with its name. */
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

/* Note where the run reads; or, where it goes on, what was used up to there. */
static void
note_point(struct level *in)
{
	struct intake_point *const p = &in->r->state->point;

	for (struct level *l = in; l != NULL; l = l->outer) {
		struct intake_level *const at = &p->level[l->depth];
		if (p->resumes)
			*unpack_used(l->u) = at->used;
		at->member = l->number;
		at->used = *unpack_used(l->u);
	}
	p->levels = in->depth + 1;
}

/* Those before a checkpoint are done. */
static bool
is_done(const struct level *in)
{
	const struct intake_point *const p = &in->r->state->point;

	return p->resumes && in->depth < p->levels &&
	       in->number < p->level[in->depth].member;
}

static enum rc
take_item(struct level *in, const struct source_item *item, struct err *e)
{
	note_point(in);
	return source_reader_read(in->r->reader, strdup(in->name), item, e);
}

static enum rc
take_log(struct level *in, struct stream from, struct err *e)
{
	const struct source_item item = { .stream = &from };

	return take_item(in, &item, e);
}

/* What e says of the member. */
static enum rc
name_member(struct level *in, struct err *e)
{
	const struct err failed = *e;
	const struct source_item item = { .failed = &failed };

	return take_item(in, &item, e);
}

static enum rc take_members(
    struct level *in, const struct unpack_from *from, struct err *e);

static enum rc
take_archive(struct level *in, struct nested *n, struct err *e)
{
	struct level inner = {
		.r = in->r, .outer = in, .depth = in->depth + 1
	};
	struct unpack_from from = { .name = in->name, .outer = in->u };

	enum rc rc = nested_open(n, &in->r->spool, &from, e);
	if (rc == RC_OK)
		rc = take_members(&inner, &from, e);
	return rc == RC_SKIP ? name_member(in, e) : rc;
}

static enum rc
refuse_depth(struct level *in, struct err *e)
{
	(void)err_set(e, RC_SKIP, WHY_LIMIT,
	    in->depth == 0 ? "%s is an archive inside an archive, "
			     "which is not read (--nesting)"
			   : "%s is an archive inside %u archives, "
			     "which is not read (--nesting)",
	    in->name, in->depth + 1);
	return name_member(in, e);
}

/* A log that is compressed alone is not one level more. */
static bool
is_too_deep(const struct level *in)
{
	return in->depth >= in->r->o->nesting &&
	       (in->depth >= NESTED_MAX ||
		   !file_type_is_packed_log_name(in->name));
}

/* A member whose name is not that of a log or an archive, and what is
 * compressed alone. */
static enum rc
take_other(struct level *in, struct nested *n, struct err *e)
{
	const char *const why = file_type_unsupported(n->first, in->name);
	const struct source_item item = { .why = why };
	const bool log =
	    n->log || (in->alone && file_type_is_log_name(in->name));

	if (log && !names_match(&in->r->o->names, in->own)) {
		in->r->state->left_out++;
		return RC_OK;
	}
	if (why != NULL)
		return take_item(in, &item, e);
	if (log)
		return take_log(in, nested_stream(n), e);
	if (in->alone)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s cannot be read as an archive: what is compressed in it "
		    "is neither a log nor a tar",
		    in->archive);
	in->r->state->passed++;
	return RC_OK;
}

static enum rc
take_looked_at(struct level *in, struct nested *n, struct err *e)
{
	if (n->magic == FILE_TYPE_UNKNOWN && in->alone)
		return take_other(in, n, e);
	if (n->magic == FILE_TYPE_UNKNOWN)
		return in->doubtful && !n->log
			   ? RC_OK
			   : take_log(in, nested_stream(n), e);
	return is_too_deep(in) ? refuse_depth(in, e) : take_archive(in, n, e);
}

/* Looking at a member that is broken costs a start at the beginning of the
 * archive, and of those there are not many. */
#define UNSEEN_MAX 16U

static enum rc
look_into(struct level *in, struct err *e)
{
	struct nested n;
	enum rc rc = RC_OK;

	if (in->unseen >= UNSEEN_MAX) {
		in->r->state->passed++;
		in->r->state->unseen++;
		return RC_OK;
	}
	nested_look(&n, (struct stream){ member_block, in });
	const enum rc failed = n.peek.rc;
	if (failed == RC_FATAL) {
		*e = n.peek.why;
		rc = RC_FATAL;
	} else if (failed == RC_SKIP) {
		in->unseen++;
		in->r->state->unseen++;
		in->r->state->passed++;
	} else {
		rc = take_other(in, &n, e);
	}
	nested_close(&n, &in->r->spool);
	return rc;
}

/* A file that is only called like an archive is a log or none; what it is
 * called may be unknown. */
static enum rc
take_nested(struct level *in, struct err *e)
{
	struct nested n;

	if (file_type_is_archive_name(in->name) && is_too_deep(in))
		return refuse_depth(in, e);
	nested_look(&n, (struct stream){ member_block, in });
	const enum rc rc = take_looked_at(in, &n, e);
	nested_close(&n, &in->r->spool);
	return rc;
}

/* Why a member is none that can be read; NULL: it is a file. */
static const char *
why_not(enum unpack_kind kind)
{
	switch (kind) {
	case UNPACK_LINK:
		return "is a link inside an archive";
	case UNPACK_SPECIAL:
		return "is not a regular file";
	case UNPACK_LOST:
		return "is in the archive's list of members and not in its "
		       "place: the archive is damaged there";
	case UNPACK_FILE:
	case UNPACK_FOLDER:
		break;
	}
	return NULL;
}

static enum rc
take_member(struct level *in, const struct unpack_member *m, struct err *e)
{
	const struct source_item item = { .why = why_not(m->kind) };

	in->name = source_name_make(in->archive, m->name);
	if (in->name == NULL)
		return err_nomem(e);
	in->doubtful = m->doubtful && !m->nameless && !m->alone &&
		       !file_type_is_archive_name(m->name);
	in->alone = m->alone;
	in->own = m->name;
	const enum rc rc =
	    m->kind != UNPACK_FILE ? take_item(in, &item, e)
	    : in->unwanted         ? look_into(in, e)
	    : file_type_is_log_name(m->name) && !m->alone
		? take_log(in, (struct stream){ member_block, in }, e)
		: take_nested(in, e);
	free(in->name);
	in->name = NULL;
	return rc;
}

static bool
is_wanted(const struct unpack_member *m)
{
	if (m->kind == UNPACK_LOST)
		return true; /* its name may be damaged, too */
	if (m->kind == UNPACK_FILE && (m->doubtful || m->alone))
		return true;
	return m->nameless || file_type_is_archive_name(m->name) ||
	       file_type_is_packed_log_name(m->name) ||
	       file_type_is_log_name(m->name);
}

/* What is no file and has the name of no log is passed over like other files
 * that are none. */
static enum rc
take_or_pass(struct level *in, const struct unpack_member *m, struct err *e)
{
	if (m->kind == UNPACK_FOLDER)
		return RC_OK;
	in->unwanted = !is_wanted(m);
	if (in->unwanted && m->kind != UNPACK_FILE) {
		in->r->state->passed++;
		return RC_OK;
	}
	if (file_type_is_log_name(m->name) && !m->nameless && !m->doubtful &&
	    m->kind != UNPACK_LOST && !m->alone &&
	    !names_match(&in->r->o->names, m->name)) {
		in->r->state->left_out++;
		return RC_OK;
	}
	return take_member(in, m, e);
}

/* An archive inside others calls this again, at most for every level. */
static enum rc
take_members(struct level *in, const struct unpack_from *from, struct err *e)
{
	struct unpack_member m;

	in->archive = from->name;
	enum rc rc = unpack_create(&in->u, &in->r->o->unpack, from, e);
	if (in->outer == NULL)
		source_reader_set_archive(in->r->reader, in->u);
	while (rc == RC_OK && (rc = unpack_next(in->u, &m, e)) == RC_OK) {
		in->number = m.number;
		rc = options_check_stop(in->r->o, e);
		if (rc == RC_OK && !is_done(in))
			rc = take_or_pass(in, &m, e);
	}
	if (in->outer == NULL)
		source_reader_set_archive(in->r->reader, NULL);
	if (in->outer == NULL && in->u != NULL)
		in->r->progress->now.bytes += unpack_position(in->u);
	unpack_destroy(in->u);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
members_read(struct intake *r, const struct unpack_from *from, struct err *e)
{
	struct level in = { .r = r };

	const enum rc rc = take_members(&in, from, e);
	return rc == RC_SKIP ? source_reader_fail(r->reader, from->name, e)
			     : rc;
}
