/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that is computed in a thread while the caller continues: SHA-256 is
 * slower than decoding.
 *
 * All calls come from one thread. Added bytes must not change until their mark
 * was waited for; a failure is reported then, or by the end.
 */
#ifndef UTIL_DIGEST_THREAD_H
#define UTIL_DIGEST_THREAD_H

#include <stdint.h>

#include "util/digest.h"

struct digest_thread;

enum rc digest_thread_create(struct digest_thread **hp, struct err *e);

/* Waits for the bytes that were added. Takes NULL. */
void digest_thread_destroy(struct digest_thread *h);

/* Start a new digest. */
enum rc digest_thread_restart(struct digest_thread *h, struct err *e);

/* Save the digest with all added bytes in it, or continue from such a state. */
enum rc digest_thread_save(
    struct digest_thread *h, struct digest_state *state, struct err *e);
enum rc digest_thread_restore(
    struct digest_thread *h, const struct digest_state *state, struct err *e);

/* Add bytes. Returns the mark to wait for before they may change. */
uint64_t digest_thread_add(struct digest_thread *h, struct span s);
enum rc digest_thread_wait(
    struct digest_thread *h, uint64_t mark, struct err *e);

/* The digest of the bytes that were added. Restart before adding more. */
enum rc digest_thread_final_hex(
    struct digest_thread *h, char out[DIGEST_HEX], struct err *e);

#endif
