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

/* Read a private key, which nobody else may be able to read, or a public one.
 * WHY_USAGE: the file is not there, is no such key, or needs a passphrase. What
 * is in it is never in a message. */
enum rc sign_key_private(const char *path, struct sign_key **kp, struct err *e);
enum rc sign_key_public(const char *path, struct sign_key **kp, struct err *e);
void sign_key_free(struct sign_key *k); /* takes NULL */

enum rc sign_make(const struct sign_key *k, struct span text,
    uint8_t signature[SIGN_BYTES], struct err *e);

/* WHY_TAMPERED unless the key made it of this text. */
enum rc sign_check(const struct sign_key *k, struct span text,
    struct span signature, struct err *e);

#endif
