/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256: of a whole span, or piece by piece. The only place that knows the
 * library behind it.
 */
#ifndef UTIL_DIGEST_H
#define UTIL_DIGEST_H

#include "util/err.h"
#include "util/span.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX (2 * DIGEST_BYTES + 1) /* with the NUL */

struct digest;

/* A running digest. Destroy takes NULL. */
enum rc digest_create(struct digest **dp, struct err *e);
void digest_destroy(struct digest *d);

/* Start again from nothing. */
enum rc digest_restart(struct digest *d, struct err *e);
enum rc digest_add(struct digest *d, struct span s, struct err *e);

/* The digest of what was added; restart before adding more. */
enum rc digest_final(
    struct digest *d, uint8_t out[DIGEST_BYTES], struct err *e);

/* The same as lower-case hex text. */
enum rc digest_final_hex(struct digest *d, char out[DIGEST_HEX], struct err *e);

/* One span at once. */
enum rc digest_once(struct span s, uint8_t out[DIGEST_BYTES], struct err *e);

/* Lower-case hex of n bytes; out has room for 2 n + 1. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

#endif
