/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/urlencode.h"

void
urlencode_put(struct buf *out, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (const char *p = value; *p != '\0'; p++)
		if (strchr(plain, *p) != NULL)
			buf_byte(out, (uint8_t)*p);
		else
			buf_fmt(out, "%%%02X", (unsigned)(uint8_t)*p);
}

void
urlencode_put_field(struct buf *form, const char *name, const char *value)
{
	buf_fmt(form, "%s%s=", form->n > 0 ? "&" : "", name);
	urlencode_put(form, value);
}

void
urlencode_put_query(struct buf *url, const char *name, const char *value)
{
	const bool has_query =
	    url->n > 0 && memchr(url->p, '?', url->n) != NULL;

	buf_fmt(url, "%c%s=", has_query ? '&' : '?', name);
	urlencode_put(url, value);
}
