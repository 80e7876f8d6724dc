/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/form.h"
#include "auth/refusal.h"
#include "auth/reply.h"

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

static void
put_encoded(struct buf *out, const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (is_plain(*p))
			buf_byte(out, (uint8_t)*p);
		else
			buf_fmt(out, "%%%02X", (unsigned)(uint8_t)*p);
	}
}

void
form_field(struct buf *out, const char *name, const char *value)
{
	if (out->n > 0)
		buf_byte(out, '&');
	buf_str(out, name);
	buf_byte(out, '=');
	put_encoded(out, value);
}

void
form_query(struct buf *address, const char *name, const char *value)
{
	const bool has =
	    address->n > 0 && memchr(address->p, '?', address->n) != NULL;

	buf_byte(address, has ? '&' : '?');
	buf_str(address, name);
	buf_byte(address, '=');
	put_encoded(address, value);
}

static void
begin(struct flow *f)
{
	buf_cut(&f->body, 0);
	form_field(&f->body, "client_id", flow_value(f, AUTH_CLIENT));
	form_field(&f->body, "scope", f->resource);
	buf_str(&f->body, "%2F.default");
	form_field(&f->body, "grant_type", "client_credentials");
}

static enum rc
end(struct flow *f, struct auth_step *out, struct err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json",
		NULL,
	};

	out->http.url = f->url;
	out->http.headers = headers;
	out->http.body = buf_span(&f->body);
	return f->body.full ? buf_fail(&f->body, "a request for a token", e)
			    : RC_OK;
}

enum rc
form_ask_secret(struct flow *f, struct auth_step *out, struct err *e)
{
	begin(f);
	form_field(&f->body, "client_secret", flow_value(f, AUTH_SECRET));
	return end(f, out, e);
}

enum rc
form_ask_assertion(struct flow *f, struct auth_step *out, struct err *e)
{
	begin(f);
	form_field(&f->body, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	form_field(&f->body, "client_assertion", (const char *)f->held.p);
	return end(f, out, e);
}

enum rc
form_read(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const enum rc rc = reply_arrived(f->url, answer, e);

	if (rc != RC_OK)
		return rc;
	if (answer->status != 200)
		return refusal_entra(f, answer, e);
	return reply_grant(f, f->url, answer->body, out, e);
}
