/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describes a failure of libarchive with the text of libarchive, of the system,
 * or of the stream that libarchive reads.
 */
#ifndef INPUT_UNPACK_WHY_H
#define INPUT_UNPACK_WHY_H

#include "input/unpack_inner.h"

/* True if libarchive could not allocate memory. It may then continue, or report
 * the archive as damaged, so errno is checked. errno must be 0 before
 * libarchive is called. */
bool unpack_why_is_memory(struct unpack *u);
enum rc unpack_why_memory(struct unpack *u, struct err *e);

/* Report the last failure as a failure of the archive, which is read no
 * further, or of the current member. */
enum rc unpack_why_archive(struct unpack *u, struct err *e);
enum rc unpack_why_member(struct unpack *u, struct err *e);

#endif
