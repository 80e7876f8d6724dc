/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached signatures of files: Ed25519 (RFC 8032), 64 bytes, with keys in PEM
 * files. A signature can be checked without this program:
 *
 *   openssl pkeyutl -verify -rawin -pubin -inkey public.pem \
 *       -in manifest.json -sigfile manifest.json.sig
 */
#ifndef UTIL_SIGN_H
#define UTIL_SIGN_H

#include <stdint.h>

#include "util/err.h"
#include "util/span.h"

#define SIGN_BYTES 64U

struct sign_key;

/* Read a private or a public key. WHY_USAGE: the file cannot be opened, has no
 * such key, or the key has a passphrase; or other users have access to the file
 * of a private key. Messages never contain bytes of the file. */
enum rc sign_key_private(const char *path, struct sign_key **kp, struct err *e);
enum rc sign_key_public(const char *path, struct sign_key **kp, struct err *e);
void sign_key_free(struct sign_key *k); /* k may be NULL */

enum rc sign_make(const struct sign_key *k, struct span text,
    uint8_t signature[SIGN_BYTES], struct err *e);

/* WHY_TAMPERED: the signature was not made of this text by this key. */
enum rc sign_check(const struct sign_key *k, struct span text,
    struct span signature, struct err *e);

#endif
