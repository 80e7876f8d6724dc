/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why libarchive failed, in words for people: its own, the system's, or those
 * of the stream that it reads.
 */
#ifndef INPUT_UNPACK_WHY_H
#define INPUT_UNPACK_WHY_H

#include "input/unpack_inner.h"

/* True if libarchive found no memory. It may do without, or call the archive
 * damaged; but errno, which must be 0 before the call, tells. */
bool unpack_why_is_memory(struct unpack *u);
enum rc unpack_why_memory(struct unpack *u, struct err *e);

/* Fill e with the last failure: of the archive, which is not read further
 * then, or of the present member. */
enum rc unpack_why_archive(struct unpack *u, struct err *e);
enum rc unpack_why_member(struct unpack *u, struct err *e);

#endif
