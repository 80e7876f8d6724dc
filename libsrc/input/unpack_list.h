/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of members of a zip, compared with the members that were read:
 * libarchive passes a member whose header is damaged without an error, and uses
 * whatever name the header has.
 */
#ifndef INPUT_UNPACK_LIST_H
#define INPUT_UNPACK_LIST_H

#include "input/unpack_inner.h"

/* A member was read whose header is at `at` or behind it. */
enum rc unpack_list_given(struct unpack *u, const struct unpack_member *m,
    uint64_t at, struct err *e);
/* Bytes of the stream, in their order. */
enum rc unpack_list_pass(struct unpack *u, struct span bytes, struct err *e);
/* Read the list. RC_OK as well if there is none. */
enum rc unpack_list_read(struct unpack *u, struct err *e);
/* All members were read: mark them in the list. */
enum rc unpack_list_end(struct unpack *u, struct err *e);
/* The name of the next listed member that was not read, or NULL. */
const char *unpack_list_lost(struct unpack *u);
void unpack_list_free(struct unpack *u);

#endif
