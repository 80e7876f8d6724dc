/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes percent-encoded fields of forms and URLs.
 */
#ifndef AUTH_URLENCODE_H
#define AUTH_URLENCODE_H

#include "util/buf.h"

/* Append a value with percent-encoding. */
void urlencode_put(struct buf *out, const char *value);

/* Append name=value to a form. */
void urlencode_put_field(struct buf *form, const char *name, const char *value);

/* Append name=value to the query of a URL. */
void urlencode_put_query(struct buf *url, const char *name, const char *value);

#endif
