/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodes and decodes base64 (RFC 4648).
 */
#ifndef AUTH_BASE64_H
#define AUTH_BASE64_H

#include "util/buf.h"

/* Append bytes in base64. */
void base64_put(struct buf *out, struct span bytes);

/* Append bytes in base64url without padding. */
void base64_put_url(struct buf *out, struct span bytes);

/* Decode a text in base64url without padding and append its bytes, without NULs
 * at their end. False if the text is not valid. */
bool base64_parse_url(struct span text, struct buf *out);

#endif
