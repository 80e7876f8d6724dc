/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest that is computed in a thread while the caller continues, because
 * SHA-256 is slower than decoding.
 *
 * Two digests can share a thread, which then digests bytes of both at once
 * (digest_add_both()). The thread can also copy the digested bytes (`room`) and
 * process them further while they are in its cache (`put`).
 *
 * All calls for the digests of a thread must come from one thread. Added bytes
 * must not change until digest_thread_wait() has returned for their mark. That
 * call reports a failure, or a later one does, at the latest
 * digest_thread_final_hex().
 */
#ifndef UTIL_DIGEST_THREAD_H
#define UTIL_DIGEST_THREAD_H

#include <stdint.h>

#include "util/digest.h"

struct digest_thread;

struct digest_thread_options {
	/* The digest whose thread is shared. It must live longer, and no other
	 * digest may share its thread. A few pieces of each of the two digests
	 * wait until bytes are added to the other one, or until the caller
	 * waits for them. NULL: start a new thread. */
	struct digest_thread *beside;

	/* Called in the thread with digested bytes, in their order; not called
	 * after a failure. May be NULL. */
	enum rc (*put)(void *arg, struct span s, struct err *e);

	/* Called in the thread before bytes are digested. Returns memory to
	 * which they are copied meanwhile, which costs less than to copy them
	 * afterwards; put() then gets the copy. *n is the number of bytes; it
	 * may be reduced, but not to 0. NULL: nothing is copied. */
	uint8_t *(*room)(void *arg, size_t *n);
	void *arg;
};

enum rc digest_thread_create(struct digest_thread **hp,
    const struct digest_thread_options *o, struct err *e);

/* Wait until the thread has digested its bytes, and free h. Takes NULL. */
void digest_thread_destroy(struct digest_thread *h);

/* Wait for all bytes, then discard them and any failure, and start a new
 * digest. */
enum rc digest_thread_restart(struct digest_thread *h, struct err *e);

/* Save the state of the digest after all added bytes, or continue from a saved
 * state. */
enum rc digest_thread_save(
    struct digest_thread *h, struct digest_state *state, struct err *e);
enum rc digest_thread_restore(
    struct digest_thread *h, const struct digest_state *state, struct err *e);

/* Add bytes and return their mark. The bytes may change after
 * digest_thread_wait() has returned for that mark. */
uint64_t digest_thread_add(struct digest_thread *h, struct span s);
enum rc digest_thread_wait(
    struct digest_thread *h, uint64_t mark, struct err *e);

/* The digest of the bytes that were added. Restart before adding more. */
enum rc digest_thread_final_hex(
    struct digest_thread *h, char out[DIGEST_HEX], struct err *e);

#endif
