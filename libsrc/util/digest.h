/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (and SHA-1) of a whole span or piece by piece. The only file that
 * includes the library's headers.
 */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX (2 * DIGEST_BYTES + 1) /* with the NUL */

struct digest;

/* A digest in progress. Destroy takes NULL. */
enum rc digest_create(struct digest **dp, struct err *e);
void digest_destroy(struct digest *d);

/* Start a new digest. */
enum rc digest_restart(struct digest *d, struct err *e);
enum rc digest_add(struct digest *d, struct span s, struct err *e);

/* The digest of the bytes that were added. Restart before adding more. */
enum rc digest_final(
    struct digest *d, uint8_t out[DIGEST_BYTES], struct err *e);

/* The same as lower-case hex text. */
enum rc digest_final_hex(struct digest *d, char out[DIGEST_HEX], struct err *e);

/*
 * Two digests at once. With the SHA extensions of x86 both take little longer
 * than one alone (util/digest_lanes.h); elsewhere one follows the other.
 */
struct digest_part {
	struct digest *digest;
	struct span bytes;
};

/* Add to two different digests; with equal lengths the gain is largest. */
enum rc digest_add_both(const struct digest_part part[2], struct err *e);

/* A digest in progress as bytes, to continue it in another process of the same
 * program on the same kind of machine. */
#define DIGEST_STATE 112

struct digest_state {
	uint8_t bytes[DIGEST_STATE];
};

void digest_save(const struct digest *d, struct digest_state *s);
void digest_restore(struct digest *d, const struct digest_state *s);

/* The digest of one span. */
enum rc digest_once(struct span s, uint8_t out[DIGEST_BYTES], struct err *e);

/* SHA-1, for UUIDs of version 5; not for security. */
#define DIGEST_SHA1_BYTES 20

void digest_sha1(struct span s, uint8_t out[DIGEST_SHA1_BYTES]);

/* Lower-case hex of n bytes; out has room for 2 n + 1. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

/* True if the text is a digest in lower-case hex. */
bool digest_is_hex(const char *text);

/* Decode lower-case hex, two digits a byte; false if it is anything else. */
bool digest_unhex(struct span hex, uint8_t *bytes);

#endif
