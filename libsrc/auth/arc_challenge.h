/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The challenge of Azure Arc: its agent answers 401 and names a file that only
 * members of a group can read. The next request contains the content of the
 * file, which proves that the user of this program is a member.
 *
 * A false agent must not be able to obtain any other file: the file must be a
 * small file *.key directly in the folder of the agent.
 */
#ifndef AUTH_ARC_CHALLENGE_H
#define AUTH_ARC_CHALLENGE_H

#include "auth/flow.h"

/* Check the challenge (the value of WWW-Authenticate), read its file and keep
 * the content with flow_hold(). WHY_DENIED if the challenge or the file is not
 * acceptable. */
enum rc arc_challenge_accept(
    struct flow *f, const char *challenge, struct err *e);

#endif
