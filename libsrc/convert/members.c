/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs in an archive, each a source.
 */
#include <stdlib.h>

#include "convert/inner.h"
#include "input/magic.h"

/* An archive that is being read, and the name of the log that is. */
struct reading {
	struct unpack *u;
	const char *name;
};

/* The next block of the member; what is wrong with it is said with its name. */
static enum rc
member_block(void *ctx, struct span *block, struct err *e)
{
	struct reading *const in = ctx;
	struct err why;

	err_clear(&why);
	const enum rc rc = unpack_block(in->u, block, &why);
	if (rc == RC_SKIP)
		return err_set(e, rc, why.why, "%s: %s", in->name, why.text);
	if (rc == RC_FATAL)
		*e = why;
	return rc;
}

static const char *
why_not(const struct unpack_member *m)
{
	if (m->kind == UNPACK_LINK)
		return "is a link inside an archive";
	if (m->kind == UNPACK_SPECIAL)
		return "is not a regular file";
	return magic_is_log(m->name)
		   ? NULL
		   : "is an archive inside an archive, which is not read: "
		     "unpack it";
}

static enum rc
take_member(struct run *r, struct reading *in, const char *archive,
    const struct unpack_member *m, struct err *e)
{
	const struct source_stream stream = { member_block, in, r->carry };
	const struct intake_item item = {
		.stream = &stream,
		.why = why_not(m),
	};
	char *const name = intake_name(archive, m->name);

	in->name = name;
	return intake_source(r, name, &item, e);
}

static bool
is_wanted(const struct run *r, const struct unpack_member *m)
{
	if (m->kind == UNPACK_FOLDER)
		return false;
	return magic_is_archive(m->name) ||
	       (magic_is_log(m->name) && names_take(&r->o->names, m->name));
}

/* An archive that cannot be read, or not to its end, is named like a log. */
static enum rc
name_archive(struct run *r, const char *name, struct err *e)
{
	const struct err failed = *e;
	const struct intake_item item = { .failed = &failed };

	return intake_source(r, intake_name(NULL, name), &item, e);
}

enum rc
members_take(struct run *r, const struct unpack_from *from, struct err *e)
{
	struct reading in = { NULL, NULL };
	struct unpack_member m;

	enum rc rc = unpack_create(&in.u, &r->o->unpack, from, e);
	r->archive = in.u;
	while (rc == RC_OK && (rc = unpack_next(in.u, &m, e)) == RC_OK) {
		rc = convert_check_stop(r, e);
		/* Those before a checkpoint are done. */
		if (r->point.go_on && m.number < r->point.member)
			continue;
		r->point.member = m.number;
		if (rc == RC_OK && is_wanted(r, &m))
			rc = take_member(r, &in, from->name, &m, e);
	}
	if (rc == RC_SKIP)
		rc = name_archive(r, from->name, e);
	r->archive = NULL;
	if (in.u != NULL)
		r->bytes += unpack_position(in.u);
	unpack_destroy(in.u);
	return rc == RC_END ? RC_OK : rc;
}
