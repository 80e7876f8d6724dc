/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "auth/assertion.h"
#include "auth/certificate.h"
#include "auth/form.h"
#include "util/json.h"

#define LIFE 600
#define UUID 37

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_CERT_FILE, AUTH_SETTINGS };

static bool
chosen(const struct auth_options *options)
{
	return options->value[AUTH_CERT_FILE] != NULL;
}

static bool
is_yes(const char *text)
{
	return text != NULL &&
	       (strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0);
}

static bool
is_rs256(const struct flow *f)
{
	const char *const name = flow_value(f, AUTH_CERT_ALGORITHM);

	return name != NULL && strcmp(name, "RS256") == 0;
}

static enum rc
open_certificate(struct flow *f, struct err *e)
{
	const char *const name = flow_value(f, AUTH_CERT_ALGORITHM);
	const struct certificate_file file = {
		.path = flow_value(f, AUTH_CERT_FILE),
		.password = flow_value(f, AUTH_CERT_PASSWORD),
		.now = f->options->platform->now(),
	};

	if (name != NULL && strcmp(name, "PS256") != 0 && !is_rs256(f))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s must be PS256 or RS256: %.60s",
		    setting_name(AUTH_CERT_ALGORITHM), name);
	return certificate_open(&file, &f->certificate, e);
}

static void
close_certificate(struct flow *f)
{
	certificate_close(f->certificate);
	f->certificate = NULL;
}

/* --- the assertion ------------------------------------------------------- */

static enum rc
make_uuid(char out[UUID], struct err *e)
{
	uint8_t r[16];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_sys(e, RC_FATAL, "get random bytes");
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	(void)snprintf(out, UUID,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x"
	    "%02x",
	    r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10],
	    r[11], r[12], r[13], r[14], r[15]);
	return RC_OK;
}

static enum rc
put_header(const struct flow *f, struct buf *out, struct err *e)
{
	const bool rs256 = is_rs256(f);
	enum rc rc = RC_OK;

	buf_fmt(out, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"x5t#S256\":\"",
	    rs256 ? "RS256" : "PS256");
	rc = certificate_thumbprint(f->certificate, false, out, e);
	buf_byte(out, '"');
	if (rc == RC_OK && rs256) {
		buf_str(out, ",\"x5t\":\"");
		rc = certificate_thumbprint(f->certificate, true, out, e);
		buf_byte(out, '"');
	}
	if (rc == RC_OK && is_yes(flow_value(f, AUTH_CERT_CHAIN))) {
		buf_str(out, ",\"x5c\":[");
		rc = certificate_chain(f->certificate, out, e);
		buf_byte(out, ']');
	}
	buf_byte(out, '}');
	return rc;
}

static enum rc
put_claims(const struct flow *f, struct buf *out, struct err *e)
{
	const long long now = (long long)f->options->platform->now();
	const char *const client = flow_value(f, AUTH_CLIENT);
	char uuid[UUID];
	const enum rc rc = make_uuid(uuid, e);

	if (rc != RC_OK)
		return rc;
	buf_str(out, "{\"aud\":");
	json_put(out, span_str(f->url));
	buf_fmt(out,
	    ",\"exp\":%lld,\"iss\":\"%s\",\"jti\":\"%s\",\"nbf\":%lld,"
	    "\"iat\":%lld,\"sub\":\"%s\"}",
	    now + LIFE, client, uuid, now, now, client);
	return RC_OK;
}

enum rc
assertion_make(struct flow *f, struct err *e)
{
	struct buf part;
	struct buf whole;

	buf_init(&part, FLOW_TEXT_MAX);
	buf_init(&whole, FLOW_TEXT_MAX);
	enum rc rc = put_header(f, &part, e);
	certificate_base64url(&whole, buf_span(&part));
	buf_byte(&whole, '.');
	buf_cut(&part, 0);
	if (rc == RC_OK)
		rc = put_claims(f, &part, e);
	certificate_base64url(&whole, buf_span(&part));
	buf_cut(&part, 0);
	if (rc == RC_OK)
		rc = certificate_sign(
		    f->certificate, !is_rs256(f), buf_span(&whole), &part, e);
	buf_byte(&whole, '.');
	buf_put(&whole, buf_span(&part));
	if (rc == RC_OK && (whole.full || part.full))
		rc = err_nomem(e);
	if (rc == RC_OK)
		rc = flow_hold(f, buf_span(&whole), e);
	if (whole.p != NULL)
		explicit_bzero(whole.p, whole.cap);
	buf_reset(&whole);
	buf_reset(&part);
	return rc;
}

static enum rc
ask(struct flow *f, struct auth_step *out, struct err *e)
{
	const enum rc rc = assertion_make(f, e);

	return rc == RC_OK ? form_ask_assertion(f, out, e) : rc;
}

const struct flow_kind certificate_flow = {
	.name = "certificate",
	.needs = needs,
	.chosen = chosen,
	.open = open_certificate,
	.ask = ask,
	.read = form_read,
	.close = close_certificate,
};
