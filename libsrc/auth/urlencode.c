/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/urlencode.h"

static void
put(struct buf *out, char separator, const char *name, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	if (separator != '\0')
		buf_byte(out, (uint8_t)separator);
	buf_str(out, name);
	buf_byte(out, '=');
	for (const char *p = value; *p != '\0'; p++)
		if (strchr(plain, *p) != NULL)
			buf_byte(out, (uint8_t)*p);
		else
			buf_fmt(out, "%%%02X", (unsigned)(uint8_t)*p);
}

void
urlencode_put_field(struct buf *form, const char *name, const char *value)
{
	put(form, form->n > 0 ? '&' : '\0', name, value);
}

void
urlencode_put_query(struct buf *url, const char *name, const char *value)
{
	const bool has_query =
	    url->n > 0 && memchr(url->p, '?', url->n) != NULL;

	put(url, has_query ? '&' : '?', name, value);
}
