/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that is made while its owner goes on: a thread of its own adds the
 * bytes. SHA-256 is slower than decoding, so it must not be waited for.
 *
 * All calls come from one thread. What is added must stay as it is until its
 * mark was waited for; a failure is reported then, or by the end.
 */
#ifndef UTIL_HASHER_H
#define UTIL_HASHER_H

#include <stdint.h>

#include "util/digest.h"

struct hasher;

enum rc hasher_create(struct hasher **hp, struct err *e);

/* Waits for what was added. Takes NULL. */
void hasher_destroy(struct hasher *h);

/* Start again from nothing. */
enum rc hasher_restart(struct hasher *h, struct err *e);

/* Where it is when all that was added is in it; and go on from there. */
enum rc hasher_save(
    struct hasher *h, struct digest_state *state, struct err *e);
enum rc hasher_restore(
    struct hasher *h, const struct digest_state *state, struct err *e);

/* Add bytes: the mark to wait for before they may change. */
uint64_t hasher_add(struct hasher *h, struct span s);
enum rc hasher_wait(struct hasher *h, uint64_t mark, struct err *e);

/* The digest of what was added; restart before adding more. */
enum rc hasher_final_hex(struct hasher *h, char out[DIGEST_HEX], struct err *e);

#endif
