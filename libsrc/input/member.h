/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a member of an archive is, by what the archive says of it.
 */
#ifndef INPUT_MEMBER_H
#define INPUT_MEMBER_H

#include "input/unpack.h"

/* True if its name says that it may be a log or an archive. A name that is lost
 * or may be damaged says nothing: true. */
bool member_is_wanted(const struct unpack_member *m);

/* True if it is called like a log, by a name that can be trusted. */
bool member_is_called_log(const struct unpack_member *m);

/* Why a member that is not a file cannot be read, as the end of a sentence;
 * NULL for a file or a folder. */
const char *member_refusal(enum unpack_kind kind);

#endif
