/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classifies a member of an archive by what the archive says of it.
 */
#ifndef INPUT_MEMBER_H
#define INPUT_MEMBER_H

#include "input/unpack.h"

/* True if its name is that of a log or an archive, or is lost or may be
 * damaged. */
bool member_is_wanted(const struct unpack_member *m);

/* True if it has the name of a log, and the name can be trusted. */
bool member_is_called_log(const struct unpack_member *m);

/* Why a member that is not a file cannot be read, as the end of a sentence;
 * NULL for a file or a folder. */
const char *member_refusal(enum unpack_kind kind);

#endif
