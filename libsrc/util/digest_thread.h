/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that is computed in a thread while the caller continues: SHA-256 is
 * slower than decoding.
 *
 * Two digests can share a thread, which then adds to both at once
 * (digest_add_both()). Digested bytes can be passed on while they are in the
 * thread's cache.
 *
 * All calls, also for the other digest of the thread, come from one thread.
 * Added bytes must not change until their mark was waited for; a failure is
 * reported then, or by the end.
 */
#ifndef UTIL_DIGEST_THREAD_H
#define UTIL_DIGEST_THREAD_H

#include <stdint.h>

#include "util/digest.h"

struct digest_thread;

struct digest_thread_options {
	/* Share the thread of this digest, which lives longer and has no other
	 * such digest yet. A few pieces of the new digest wait until bytes are
	 * added to the other one. NULL: a thread of its own. */
	struct digest_thread *beside;

	/* Called in the thread with bytes that were digested, in their order;
	 * not after a failure. May be NULL. */
	enum rc (*put)(void *arg, struct span s, struct err *e);
	void *arg;
};

enum rc digest_thread_create(struct digest_thread **hp,
    const struct digest_thread_options *o, struct err *e);

/* Waits for the bytes that the thread has. Takes NULL. */
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
