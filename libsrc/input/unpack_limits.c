/* SPDX-License-Identifier: Apache-2.0 */
#include "input/unpack_limits.h"

/* True if `bytes` unpacked bytes must be a bomb. They are compared with the
 * packed bytes of the current member that were read, plus `more`. */
static bool
is_bomb(const struct unpack *u, uint64_t bytes, uint64_t more)
{
	const uint64_t packed =
	    more + (u->position > u->packed ? u->position - u->packed : 0);

	return bytes > UNPACK_RATIO_FROM &&
	       bytes / u->o.limits.ratio > (packed == 0 ? 1 : packed);
}

/* RC_SKIP, and the archive is read no further, if it unpacks to too much, or if
 * `bomb` is true: a bomb can only be skipped by unpacking it. */
static enum rc
check_archive(struct unpack *u, bool bomb, struct err *e)
{
	const struct unpack_limits *const l = &u->o.limits;

	/* Members may share packed bytes, so that each is within its limits. */
	const bool all = u->size != 0 && u->used.plain > UNPACK_RATIO_FROM &&
			 u->used.plain / l->ratio > u->size;

	u->over = bomb || all || u->used.bytes > l->total;
	if (!u->over)
		return RC_OK;
	if (all)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "%s: its members unpack to more than %llu times its size "
		    "(--max-ratio)",
		    u->from.name, (unsigned long long)l->ratio);
	if (bomb)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "%s: member %llu unpacks to more than %llu times its size "
		    "(--max-ratio)",
		    u->from.name, (unsigned long long)u->members,
		    (unsigned long long)l->ratio);
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "%s unpacks to more than %llu bytes (--max-unpacked)", u->from.name,
	    (unsigned long long)l->total);
}

bool
unpack_limits_bomb(const struct unpack *u)
{
	return is_bomb(u, u->at, 0);
}

/* The limits of the archives around this one are checked as well, so that
 * nesting does not evade them. libarchive may return a block of an outer member
 * before it counts the packed bytes, so UNPACK_READ_BYTES are added. */
enum rc
unpack_limits_all(struct unpack *u, bool bomb, struct err *e)
{
	enum rc rc = check_archive(u, bomb, e);

	for (struct unpack *o = u->from.outer; rc == RC_OK && o != NULL;
	     o = o->from.outer)
		rc = check_archive(
		    o, is_bomb(o, o->used.inner, UNPACK_READ_BYTES), e);
	if (rc != RC_OK)
		u->over = true;
	return rc;
}

enum rc
unpack_limits_member(struct unpack *u, struct err *e)
{
	const struct unpack_limits *const l = &u->o.limits;

	if (u->at > l->member)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "it has more than %llu bytes (--max-member)",
		    (unsigned long long)l->member);
	if (!unpack_limits_bomb(u))
		return RC_OK;
	u->used.plain -= u->at;
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "it unpacks to more than %llu times its size "
	    "(--max-ratio)",
	    (unsigned long long)l->ratio);
}

/* A member that is read again after a restart is not counted again. */
enum rc
unpack_limits_count(struct unpack *u, struct err *e)
{
	if (++u->members <= u->counted)
		return RC_OK;
	u->counted = u->members;
	for (struct unpack *o = u; o != NULL; o = o->from.outer) {
		if (++o->used.members <= o->o.limits.members)
			continue;
		u->over = true;
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "%s has more than %llu members (--max-archive-members)",
		    o->from.name, (unsigned long long)o->o.limits.members);
	}
	return RC_OK;
}
