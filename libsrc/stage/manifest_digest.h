/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest that a manifest carries: the SHA-256 of its canonical text (RFC
 * 8785) without the member `digest` itself. So anybody can check it:
 *
 *   jq -cSj 'del(.digest)' manifest.json | sha256sum
 *
 * The file holds the canonical text and nothing else, so a manifest whose bytes
 * were changed is known, even by one who has not seen it whole.
 */
#ifndef STAGE_MANIFEST_DIGEST_H
#define STAGE_MANIFEST_DIGEST_H

#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

struct cJSON;

/* Add the member `digest` to an object that has none, and append its canonical
 * text. */
enum rc manifest_digest_write(
    struct cJSON *root, struct buf *text, struct err *e);

/* Whether `root`, which was read from `text`, carries its digest and the text
 * is canonical: else WHY_TAMPERED. */
enum rc manifest_digest_check(
    const struct cJSON *root, struct span text, struct err *e);

/* The digest of all that it says but its block `run` and its own digest:
 * staging the same again changes the block of the run and nothing else, and
 * then it is the same staging. */
enum rc manifest_digest_content(
    const struct cJSON *root, char sha256[DIGEST_HEX], struct err *e);

#endif
