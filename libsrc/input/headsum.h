/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cheap digest of a source: the SHA-256 of its size in decimal, a line
 * feed, and its first 68 KiB (the file header and the first chunk of a log). It
 * depends on neither the name nor the machine, and equal copies have equal
 * digests, so it places sources. It does not identify them: what is staged is
 * digested whole.
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
	uint64_t bytes; /* size of the file */
	uint8_t sum[DIGEST_BYTES];
};

enum rc headsum_create(struct headsum **hp, struct err *e);
void headsum_destroy(struct headsum *h); /* takes NULL */

/* Read a regular file. RC_SKIP: it cannot be read, e says why. */
enum rc headsum_file(struct headsum *h, const char *path,
    struct headsum_value *v, struct err *e);

#endif
