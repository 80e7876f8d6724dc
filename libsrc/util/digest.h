/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of a whole span or piece by piece, and SHA-1 of a whole span. Only
 * digest.c includes OpenSSL's headers for digests.
 */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

#define DIGEST_BYTES 32
/* Size of a digest as hex text with its NUL. */
#define DIGEST_HEX (2 * DIGEST_BYTES + 1)

struct digest;

/* Create an empty digest. digest_destroy() takes NULL. */
enum rc digest_create(struct digest **dp, struct err *e);
void digest_destroy(struct digest *d);

/* Discard the added bytes and start a new digest. */
enum rc digest_restart(struct digest *d, struct err *e);
enum rc digest_add(struct digest *d, struct span s, struct err *e);

/* The digest of the bytes that were added. Restart before adding more. */
enum rc digest_final(
    struct digest *d, uint8_t out[DIGEST_BYTES], struct err *e);

/* Like digest_final(), as lower-case hex text. */
enum rc digest_final_hex(struct digest *d, char out[DIGEST_HEX], struct err *e);

/*
 * Bytes that are added to a digest and copied meanwhile, and two digests at
 * once. With the SHA extensions of x86 both take little longer than one digest
 * alone (util/digest_lanes.h). On other processors this is done step by step.
 */
struct digest_part {
	struct digest *digest;
	struct span bytes;
	uint8_t *copy; /* memory to which the bytes are copied; it must not
			  overlap with them. NULL: they are not copied */
};

/* Add bytes to one digest, or to two different ones. The gain of
 * digest_add_both() is largest if both parts have the same length. */
enum rc digest_add_part(const struct digest_part *part, struct err *e);
enum rc digest_add_both(const struct digest_part part[2], struct err *e);

/* The state of a digest in progress, as bytes. Another process of the same
 * program on the same kind of machine can continue from it. */
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
