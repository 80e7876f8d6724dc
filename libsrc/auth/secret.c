/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/kind.h"

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
auth_field(struct buf *out, const char *name, const char *value)
{
	if (out->n > 0)
		buf_byte(out, '&');
	buf_str(out, name);
	buf_byte(out, '=');
	for (const char *p = value; *p != '\0'; p++) {
		if (is_plain(*p))
			buf_byte(out, (uint8_t)*p);
		else
			buf_fmt(out, "%%%02X", (unsigned)(uint8_t)*p);
	}
}

static bool
fits(const struct auth_options *options)
{
	return options->secret != NULL;
}

static enum rc
body(const struct auth_form *form, struct buf *out, struct err *e)
{
	auth_field(out, "client_id", form->client);
	auth_field(out, "scope", form->scope);
	auth_field(out, "client_secret", form->secret);
	auth_field(out, "grant_type", "client_credentials");
	return out->full ? err_nomem(e) : RC_OK;
}

const struct auth_kind auth_secret = { "client secret", fits, body };
