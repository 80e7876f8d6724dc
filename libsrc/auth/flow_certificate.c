/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "auth/base64.h"
#include "auth/certificate.h"
#include "auth/entra.h"
#include "auth/flow_certificate.h"
#include "util/json.h"

#define LIFE_S 600

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_CERT_FILE, AUTH_SETTINGS };

static bool
is_configured(const struct auth_options *options)
{
	return options->value[AUTH_CERT_FILE] != NULL;
}

static bool
uses_rs256(const struct flow *f)
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

	if (name != NULL && strcmp(name, "PS256") != 0 && !uses_rs256(f))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s must be PS256 or RS256: %.60s",
		    setting_name(AUTH_CERT_ALGORITHM), name);
	return certificate_open(&file, &f->certificate, e);
}

static enum rc
put_header(const struct flow *f, struct buf *out, struct err *e)
{
	const char *const chain = flow_value(f, AUTH_CERT_CHAIN);
	const bool send_chain =
	    chain != NULL &&
	    (strcmp(chain, "1") == 0 || strcasecmp(chain, "true") == 0);
	const bool rs256 = uses_rs256(f);
	enum rc rc = RC_OK;

	buf_fmt(out, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"x5t#S256\":\"",
	    rs256 ? "RS256" : "PS256");
	rc = certificate_put_thumbprint(f->certificate, false, out, e);
	buf_byte(out, '"');
	if (rc == RC_OK && rs256) {
		buf_str(out, ",\"x5t\":\"");
		rc = certificate_put_thumbprint(f->certificate, true, out, e);
		buf_byte(out, '"');
	}
	if (rc == RC_OK && send_chain) {
		buf_str(out, ",\"x5c\":[");
		rc = certificate_put_chain(f->certificate, out, e);
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
	uint8_t r[16];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_sys(e, RC_FATAL, "get random bytes");
	/* A random UUID, version 4 (RFC 9562). */
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	buf_str(out, "{\"aud\":");
	json_put(out, span_str(f->url));
	buf_fmt(out, ",\"exp\":%lld,\"iss\":\"%s\",\"jti\":\"", now + LIFE_S,
	    client);
	for (size_t i = 0; i < sizeof(r); i++)
		buf_fmt(out, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", r[i]);
	buf_fmt(out, "\",\"nbf\":%lld,\"iat\":%lld,\"sub\":\"%s\"}", now, now,
	    client);
	return RC_OK;
}

/* Make a new assertion and keep it in f->held. */
static enum rc
make_assertion(struct flow *f, struct err *e)
{
	struct buf part;
	struct buf whole;

	buf_init(&part, FLOW_TEXT_MAX);
	buf_init(&whole, FLOW_TEXT_MAX);
	enum rc rc = put_header(f, &part, e);
	base64_put_url(&whole, buf_span(&part));
	buf_byte(&whole, '.');
	buf_cut(&part, 0);
	if (rc == RC_OK)
		rc = put_claims(f, &part, e);
	base64_put_url(&whole, buf_span(&part));
	buf_cut(&part, 0);
	if (rc == RC_OK)
		rc = certificate_put_signature(
		    f->certificate, !uses_rs256(f), buf_span(&whole), &part, e);
	buf_byte(&whole, '.');
	buf_put(&whole, buf_span(&part));
	if (rc == RC_OK && (whole.full || part.full))
		rc = err_nomem(e);
	if (rc == RC_OK)
		rc = flow_hold(f, buf_span(&whole), e);
	buf_wipe(&whole);
	buf_reset(&part);
	return rc;
}

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	const enum rc rc = make_assertion(f, e);

	return rc == RC_OK ? entra_put_assertion(f, out, e) : rc;
}

const struct flow_kind flow_certificate = {
	.name = "certificate",
	.needs = needs,
	.is_configured = is_configured,
	.open = open_certificate,
	.write_request = write_request,
	.read_answer = entra_read_answer,
};
