/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client certificate with its private key, from a PEM file (key and
 * certificates in any order, the key encrypted or not) or a PKCS#12 file. A
 * file that anybody but its owner may read is refused. The key must be an RSA
 * key of at least 2048 bits; it never leaves this module.
 */
#ifndef AUTH_CERTIFICATE_H
#define AUTH_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct certificate;

struct certificate_file {
	const char *path;
	const char *password; /* password of the file; NULL: none was given */
	int64_t now;          /* current time in seconds since 1970 */
};

/* WHY_USAGE if the file, the password or the key is not valid, or the
 * certificate is not valid at `now`. */
enum rc certificate_open(const struct certificate_file *file,
    struct certificate **cp, struct err *e);
void certificate_close(struct certificate *c); /* takes NULL */

/* Append the digest of the certificate (DER) in base64url: the value of
 * x5t#S256 (SHA-256) or, if `sha1`, of x5t (SHA-1). */
enum rc certificate_put_thumbprint(
    const struct certificate *c, bool sha1, struct buf *out, struct err *e);

/* Append the elements of the array x5c: the certificate and the others in its
 * file, each as a JSON string in base64, separated by commas. */
enum rc certificate_put_chain(
    const struct certificate *c, struct buf *out, struct err *e);

/* Append the signature of a text in base64url: if `pss`, RSASSA-PSS with
 * SHA-256, MGF1 with SHA-256 and 32 bytes of salt (PS256), else PKCS#1 v1.5
 * with SHA-256 (RS256). */
enum rc certificate_put_signature(const struct certificate *c, bool pss,
    struct span text, struct buf *out, struct err *e);

#endif
