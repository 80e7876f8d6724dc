/* SPDX-License-Identifier: Apache-2.0 */
#include "input/unpack_limits.h"

/* True if this many bytes out of so few packed ones must be a bomb. */
static bool
too_much(const struct unpack *u, uint64_t bytes, uint64_t packed)
{
	return bytes > UNPACK_RATIO_FROM &&
	       bytes / u->o.limits.ratio > (packed == 0 ? 1 : packed);
}

/* Leave the whole archive if it unpacks to too much, or if a bomb can only be
 * skipped by unpacking it. */
static enum rc
check_archive(struct unpack *u, bool bomb, struct err *e)
{
	const struct unpack_limits *const l = &u->o.limits;

	/* Members may share their packed bytes and each be small. */
	const bool all = u->size != 0 && too_much(u, u->used.plain, u->size);

	u->over = bomb || all || u->used.bytes > l->total;
	if (!u->over)
		return RC_OK;
	if (all)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "%s: its members unpack to more than %llu times its size "
		    "(--max-ratio)",
		    u->from.name, (unsigned long long)l->ratio);
	return bomb ? err_set(e, RC_SKIP, WHY_LIMIT,
			  "%s: member %llu unpacks to more than %llu times its "
			  "size (--max-ratio)",
			  u->from.name, (unsigned long long)u->members,
			  (unsigned long long)l->ratio)
		    : err_set(e, RC_SKIP, WHY_LIMIT,
			  "%s unpacks to more than %llu bytes "
			  "(--max-unpacked)",
			  u->from.name, (unsigned long long)l->total);
}

/* Bytes of the archive that the member has used so far. */
static uint64_t
packed_bytes(const struct unpack *u)
{
	return u->position > u->packed ? u->position - u->packed : 0;
}

bool
unpack_limits_bomb(const struct unpack *u)
{
	return too_much(u, u->at, packed_bytes(u));
}

/* The limits of the archives around this one are checked as well, so that
 * nesting does not evade them. A block of a member may be returned before its
 * archive counts it. */
enum rc
unpack_limits_all(struct unpack *u, bool bomb, struct err *e)
{
	enum rc rc = check_archive(u, bomb, e);

	for (struct unpack *o = u->from.outer; rc == RC_OK && o != NULL;
	     o = o->from.outer)
		rc = check_archive(o,
		    too_much(
			o, o->used.inner, packed_bytes(o) + UNPACK_READ_BYTES),
		    e);
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

/* A member that is read again after a restart was counted before. */
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
