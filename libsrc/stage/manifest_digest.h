/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of a manifest, its member `digest`: the SHA-256 of its canonical
 * text (RFC 8785) without that member. Anybody can check it:
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

/* WHY_TAMPERED unless `text`, from which `root` was read, is canonical and has
 * the right digest. */
enum rc manifest_digest_check(
    const struct cJSON *root, struct span text, struct err *e);

/* The content digest: of all members but `run` and `digest`. It is the same
 * when the same input is staged again. */
enum rc manifest_digest_content(
    const struct cJSON *root, char sha256[DIGEST_HEX], struct err *e);

#endif
