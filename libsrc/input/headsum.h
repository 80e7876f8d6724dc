/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cheap digest of a file: the SHA-256 of its size in decimal, a line feed,
 * and its first 68 KiB (the file header and the first chunk of a log). It
 * depends on neither the name nor the machine, and equal copies have equal
 * digests, so it assigns files to shards. It does not identify them: what is
 * staged has a digest of all its bytes.
 *
 *   { stat -c %s F; head -c 69632 F; } | sha256sum
 */
#ifndef INPUT_HEADSUM_H
#define INPUT_HEADSUM_H

#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

#define HEADSUM_BYTES ((size_t)68 << 10)

struct headsum;

struct headsum_value {
	uint64_t bytes; /* size of the file in bytes */
	uint8_t sum[DIGEST_BYTES];
};

enum rc headsum_create(struct headsum **hp, struct err *e);
void headsum_destroy(struct headsum *h); /* h may be NULL */

/* Compute the digest of a regular file. RC_SKIP if it cannot be read; e has the
 * reason. */
enum rc headsum_file(struct headsum *h, const char *path,
    struct headsum_value *v, struct err *e);

#endif
