/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describes failures of libarchive: with its own text, the system's, or that of
 * the stream that it reads.
 */
#ifndef INPUT_UNPACK_WHY_H
#define INPUT_UNPACK_WHY_H

#include "input/unpack_inner.h"

/* True if libarchive found no memory. It may continue without, or call the
 * archive damaged; errno, which must be 0 before the call, shows it. */
bool unpack_why_is_memory(struct unpack *u);
enum rc unpack_why_memory(struct unpack *u, struct err *e);

/* Report the last failure as that of the archive, which is read no further, or
 * as that of the current member. */
enum rc unpack_why_archive(struct unpack *u, struct err *e);
enum rc unpack_why_member(struct unpack *u, struct err *e);

#endif
