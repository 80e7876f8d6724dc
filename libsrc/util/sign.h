/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached signatures: Ed25519 (RFC 8032), 64 bytes over a whole text, with
 * keys in PEM files. Anybody can check one:
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

/* Read a private key, which others must not be able to read, or a public key.
 * WHY_USAGE: the file does not exist, has no such key, or needs a passphrase.
 * Messages never contain its contents. */
enum rc sign_key_private(const char *path, struct sign_key **kp, struct err *e);
enum rc sign_key_public(const char *path, struct sign_key **kp, struct err *e);
void sign_key_free(struct sign_key *k); /* takes NULL */

enum rc sign_make(const struct sign_key *k, struct span text,
    uint8_t signature[SIGN_BYTES], struct err *e);

/* WHY_TAMPERED if the signature is not this key's for this text. */
enum rc sign_check(const struct sign_key *k, struct span text,
    struct span signature, struct err *e);

#endif
