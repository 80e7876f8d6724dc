/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the central directory of a zip with the members that were read:
 * libarchive skips a member with a damaged header without an error, and uses
 * whatever name the header has.
 */
#ifndef INPUT_UNPACK_LIST_H
#define INPUT_UNPACK_LIST_H

#include "input/unpack_inner.h"

/* Record a member that was read. Its header is at the offset `at` or after it.
 */
enum rc unpack_list_given(struct unpack *u, const struct unpack_member *m,
    uint64_t at, struct err *e);
/* Keep the last bytes of a stream. Must be called with all of its bytes, in
 * order. */
enum rc unpack_list_pass(struct unpack *u, struct span bytes, struct err *e);
/* Read the directory. RC_OK also if the zip has none. */
enum rc unpack_list_read(struct unpack *u, struct err *e);
/* Mark the members that were read in the directory; called after the last one.
 */
enum rc unpack_list_end(struct unpack *u, struct err *e);
/* Returns the name of the next listed member that was not read, or NULL. */
const char *unpack_list_lost(struct unpack *u);
void unpack_list_free(struct unpack *u);

#endif
