/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "auth/flow.h"
#include "auth/leak.h"

void
flow_init(struct flow *f)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->address, FLOW_TEXT_MAX);
	buf_init(&f->body, (size_t)FLOW_TEXT_MAX * 2);
	buf_init(&f->header, FLOW_TEXT_MAX);
	buf_init(&f->held, FLOW_TEXT_MAX);
	buf_init(&f->ca, FLOW_CA_MAX);
}

void
flow_reset(struct flow *f)
{
	buf_wipe(&f->address);
	buf_wipe(&f->body);
	buf_wipe(&f->header);
	buf_wipe(&f->held);
	buf_reset(&f->ca);
}

void
flow_restart(struct flow *f)
{
	buf_wipe(&f->body);
	buf_wipe(&f->header);
	buf_cut(&f->address, 0);
	f->step = 0;
	f->wait_ms = 0;
}

enum rc
flow_hold(struct flow *f, struct span secret, struct err *e)
{
	buf_wipe(&f->held);
	buf_put(&f->held, secret);
	buf_byte(&f->held, '\0');
	return f->held.full ? buf_fail(&f->held, "a credential", e) : RC_OK;
}

bool
flow_leaks(const struct flow *f, const char *text)
{
	bool leaks =
	    f->held.n > 1 && leak_contains(text, (const char *)f->held.p);

	for (int i = 0; !leaks && i < AUTH_SETTINGS; i++) {
		const char *const value = flow_value(f, (enum auth_setting)i);
		leaks = value != NULL &&
			setting_is_secret((enum auth_setting)i) &&
			leak_contains(text, value);
	}
	return leaks;
}

void
flow_set_header(struct flow *f, const char *name, const char *value)
{
	buf_cut(&f->header, 0);
	buf_str(&f->header, name);
	buf_str(&f->header, value);
	buf_byte(&f->header, '\0');
}

enum rc
flow_put_get(struct flow *f, struct auth_step *out, struct err *e)
{
	size_t n = 0;

	buf_byte(&f->address, '\0');
	if (f->address.full || f->header.full)
		return buf_fail(f->address.full ? &f->address : &f->header,
		    "a request for a token", e);
	if (f->header.n > 0)
		f->headers[n++] = (const char *)f->header.p;
	f->headers[n++] = "Accept: application/json";
	f->headers[n] = NULL;
	out->http.url = (const char *)f->address.p;
	out->http.headers = f->headers;
	out->http.get = true;
	return RC_OK;
}

bool
flow_is_header(const char *text)
{
	size_t n = 0;

	for (; text[n] != '\0'; n++)
		if (text[n] < ' ' || text[n] > '~')
			return false;
	return n > 0;
}

void
flow_quote(const struct flow *f, const char *message, char *out, size_t size)
{
	const char *const text = message != NULL ? message : "";

	(void)snprintf(out, size, "%.*s", (int)strcspn(text, "\r\n"), text);
	/* Search the whole message too: a secret at the end of the line may be
	 * truncated so much that it is not recognized in `out`. */
	if (flow_leaks(f, out) || flow_leaks(f, text))
		(void)snprintf(out, size, AUTH_WITHHELD);
	for (; *out != '\0'; out++)
		if (*out < ' ' || *out > '~')
			*out = ' ';
}
