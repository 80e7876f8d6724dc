/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client certificate with its private key, from a PEM file (key and
 * certificates in any order, the key encrypted or not) or a PKCS#12 file. Only
 * its owner may be able to read the file; the key is RSA of 2048 bits or more.
 *
 * The private key stays inside; it signs.
 */
#ifndef AUTH_CERTIFICATE_H
#define AUTH_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct certificate;

/* password: NULL if there is none. WHY_USAGE with a sentence on what is wrong
 * with the file, the password or the key; or if it is not valid at `now`. */
struct certificate_file {
	const char *path;
	const char *password;
	int64_t now; /* seconds since 1970 */
};

enum rc certificate_open(const struct certificate_file *file,
    struct certificate **cp, struct err *e);
void certificate_close(struct certificate *c); /* takes NULL */

/* Append the DER digest in base64url: x5t#S256 (SHA-256) or x5t (SHA-1). */
enum rc certificate_thumbprint(
    const struct certificate *c, bool sha1, struct buf *out, struct err *e);

/* Append the certificate and those that the file has beside it, each in
 * base64 and quoted, with commas between: the inside of x5c. */
enum rc certificate_chain(
    const struct certificate *c, struct buf *out, struct err *e);

/* Append the signature of what `text` holds, in base64url: RSASSA-PSS with
 * SHA-256, MGF1 of it and a salt of 32 bytes (PS256), or PKCS#1 v1.5 with
 * SHA-256 (RS256). */
enum rc certificate_sign(const struct certificate *c, bool pss,
    struct span text, struct buf *out, struct err *e);

/* Append bytes in base64url, without padding. */
void certificate_base64url(struct buf *out, struct span bytes);

#endif
