/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of a manifest is in its member `digest`. It is the SHA-256 of the
 * manifest's canonical text (RFC 8785) without that member and can be checked
 * without this program:
 *
 *   jq -cSj 'del(.digest)' manifest.json | sha256sum
 *
 * The file is the canonical text and nothing else, so any changed byte is
 * detected.
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

/* Check `text`, from which `root` was read. WHY_TAMPERED: it is not canonical,
 * or its digest is wrong. */
enum rc manifest_digest_check(
    const struct cJSON *root, struct span text, struct err *e);

/* Compute the content digest: the digest of all members except `run` and
 * `digest`. It does not change when the same input is staged again. */
enum rc manifest_digest_content(
    const struct cJSON *root, char sha256[DIGEST_HEX], struct err *e);

#endif
