/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sources have the same bytes. A digest of everything is too dear to be
 * made before a source is converted; so the first bytes are compared first, by
 * a sum that costs little: only if a source began like this one before is its
 * digest made first.
 */
#ifndef CONVERT_IDENTITY_H
#define CONVERT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "stage/manifest.h"
#include "util/save.h"
#include "util/span.h"

/* A file header and the first chunk. */
#define IDENTITY_HEAD_BYTES ((size_t)68 << 10)

struct identity;

enum rc identity_create(struct identity **ip, struct err *e);
void identity_destroy(struct identity *i); /* takes NULL */

/* A checkpoint: what is remembered. */
enum rc identity_save(struct identity *i, struct save *s, struct err *e);

/* Remember how a source begins; *again: another one did so before. */
enum rc identity_begins(
    struct identity *i, struct span head, bool *again, struct err *e);

/* There are sources of which nobody knows how they begin: everything may be
 * again what was there. */
void identity_doubt(struct identity *i);

/* Remember that a source of m was read whole. */
enum rc identity_whole(
    struct identity *i, const struct manifest *m, size_t source, struct err *e);

/* The name of the source with this digest that was read whole, or NULL; and how
 * many bytes it has. */
const char *identity_find(const struct identity *i, const struct manifest *m,
    const char sha256[DIGEST_HEX], uint64_t *bytes);

#endif
