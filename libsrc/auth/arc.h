/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The challenge of Azure Arc: the agent answers 401 and names a file that only
 * members of a group can read; its text in the next request proves that we
 * are one of them. A false agent must not get another file out of us, so the
 * file must be a .key directly in the agent's folder, and small.
 */
#ifndef AUTH_ARC_H
#define AUTH_ARC_H

#include "auth/flow.h"

/* Check the challenge and hold what the file says. WHY_DENIED. */
enum rc arc_accept(struct flow *f, const char *challenge, struct err *e);

#endif
