/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that is made while its owner goes on: a thread of its own adds the
 * bytes. SHA-256 is slower than decoding, so it must not be waited for.
 *
 * All calls come from one thread. What is added must stay as it is until its
 * mark was waited for; a failure is reported then, or by the end.
 */
#ifndef UTIL_DIGEST_THREAD_H
#define UTIL_DIGEST_THREAD_H

#include <stdint.h>

#include "util/digest.h"

struct digest_thread;

enum rc digest_thread_create(struct digest_thread **hp, struct err *e);

/* Waits for what was added. Takes NULL. */
void digest_thread_destroy(struct digest_thread *h);

/* Start again from nothing. */
enum rc digest_thread_restart(struct digest_thread *h, struct err *e);

/* Where it is when all that was added is in it; and go on from there. */
enum rc digest_thread_save(
    struct digest_thread *h, struct digest_state *state, struct err *e);
enum rc digest_thread_restore(
    struct digest_thread *h, const struct digest_state *state, struct err *e);

/* Add bytes: the mark to wait for before they may change. */
uint64_t digest_thread_add(struct digest_thread *h, struct span s);
enum rc digest_thread_wait(
    struct digest_thread *h, uint64_t mark, struct err *e);

/* The digest of what was added; restart before adding more. */
enum rc digest_thread_final_hex(
    struct digest_thread *h, char out[DIGEST_HEX], struct err *e);

#endif
