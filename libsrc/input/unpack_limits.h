/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits for the unpacked size of an archive, against archive bombs. What is
 * unpacked from archives inside it counts as well.
 */
#ifndef INPUT_UNPACK_LIMITS_H
#define INPUT_UNPACK_LIMITS_H

#include "input/unpack_inner.h"

/* True if the current member must be a bomb, because of the ratio of its
 * unpacked to its packed bytes. */
bool unpack_limits_bomb(const struct unpack *u);

/* Check after each block. RC_SKIP if the member is too large. */
enum rc unpack_limits_member(struct unpack *u, struct err *e);
/* RC_SKIP if the archive, or one around it, has unpacked to too much, or if
 * `bomb` is true: a bomb can only be skipped by unpacking it. The archive is
 * then read no further. */
enum rc unpack_limits_all(struct unpack *u, bool bomb, struct err *e);

/* Count a member. RC_SKIP if the archive has too many members. */
enum rc unpack_limits_count(struct unpack *u, struct err *e);

#endif
