/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of what an archive may unpack to, against archive bombs. The limits of
 * an archive hold for what is unpacked out of archives inside it, too.
 */
#ifndef INPUT_UNPACK_LIMITS_H
#define INPUT_UNPACK_LIMITS_H

#include "input/unpack_inner.h"

/* True if the present member unpacks to so many times its size that it must be
 * a bomb. */
bool unpack_limits_bomb(const struct unpack *u);

/* After a block was unpacked. RC_SKIP: the member is too large. */
enum rc unpack_limits_member(struct unpack *u, struct err *e);
/* RC_SKIP: the archive, or one around it, has unpacked to too much, or to a
 * bomb that must be unpacked to be passed; it is not read further then. */
enum rc unpack_limits_all(struct unpack *u, bool bomb, struct err *e);

/* Count a member. RC_SKIP: there are too many. */
enum rc unpack_limits_count(struct unpack *u, struct err *e);

#endif
