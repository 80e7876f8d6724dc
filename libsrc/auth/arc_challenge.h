/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The challenge of Azure Arc: its agent answers 401 and names a file that only
 * members of a group can read. The content of the file in the next request
 * proves that this program runs as one of them.
 *
 * A false agent must not be able to get any other file: the file must be a
 * small file *.key directly in the folder of the agent.
 */
#ifndef AUTH_ARC_CHALLENGE_H
#define AUTH_ARC_CHALLENGE_H

#include "auth/flow.h"

/* Check the challenge (the value of WWW-Authenticate), and hold the content of
 * its file. WHY_DENIED. */
enum rc arc_challenge_accept(
    struct flow *f, const char *challenge, struct err *e);

#endif
