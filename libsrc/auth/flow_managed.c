/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "auth/arc_challenge.h"
#include "auth/flow_managed.h"
#include "auth/reply.h"
#include "auth/urlencode.h"
#include "http/url.h"
#include "util/json.h"

#define PROBE_MS 1000
#define PROBES 3
/* Wait between requests while IMDS is being updated, which takes up to 70 s. */
#define UPDATE_WAIT_MS 3000

static const enum auth_setting needs[] = { AUTH_SETTINGS };

enum source { APP_SERVICE, ARC, IMDS };

static bool
is_configured(const struct auth_options *o)
{
	return o->value[AUTH_IDENTITY_ENDPOINT] != NULL &&
	       (o->value[AUTH_IDENTITY_HEADER] != NULL ||
		   o->value[AUTH_IMDS_ENDPOINT] != NULL);
}

static enum source
source_of(const struct flow *f)
{
	const bool endpoint = flow_value(f, AUTH_IDENTITY_ENDPOINT) != NULL;

	if (endpoint && flow_value(f, AUTH_IDENTITY_HEADER) != NULL)
		return APP_SERVICE;
	if (endpoint && flow_value(f, AUTH_IMDS_ENDPOINT) != NULL)
		return ARC;
	return access(f->options->platform->arc_agent, F_OK) == 0 ? ARC : IMDS;
}

/* The URL of the endpoint that issues the token. For IMDS it lacks the path,
 * which is the same everywhere. */
static const char *
base_of(const struct flow *f)
{
	const char *const endpoint = flow_value(f, AUTH_IDENTITY_ENDPOINT);
	const char *const host = flow_value(f, AUTH_IMDS_HOST);

	switch (source_of(f)) {
	case APP_SERVICE:
		return endpoint;
	case ARC:
		return endpoint != NULL ? endpoint
					: f->options->platform->arc_address;
	case IMDS:
		break;
	}
	return host != NULL ? host : f->options->platform->imds;
}

static enum rc
check_settings(struct flow *f, struct err *e)
{
	static const enum auth_setting ids[] = { AUTH_MANAGED_CLIENT,
		AUTH_MANAGED_OBJECT, AUTH_MANAGED_RESOURCE };
	const char *const header = flow_value(f, AUTH_IDENTITY_HEADER);
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		n += flow_value(f, ids[i]) != NULL;
	if (n > 1)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "set only one of managed_client_id, managed_object_id and "
		    "managed_resource_id");
	if (source_of(f) == ARC && n > 0 &&
	    flow_value(f, AUTH_MANAGED_CLIENT) == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "Azure Arc supports managed_client_id only");
	if (header != NULL && !flow_is_header(header))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the value of IDENTITY_HEADER is not valid in a header");
	return url_check_local(base_of(f),
	    source_of(f) == IMDS ? setting_name(AUTH_IMDS_HOST)
				 : setting_name(AUTH_IDENTITY_ENDPOINT),
	    e);
}

/* --- requests ------------------------------------------------------------ */

static void
put_address(struct flow *f, enum source source)
{
	static const char *const versions[] = { "2019-08-01", "2020-06-01",
		"2018-02-01" };
	const char *const client = flow_value(f, AUTH_MANAGED_CLIENT);
	const char *const object = flow_value(f, AUTH_MANAGED_OBJECT);
	const char *const resource = flow_value(f, AUTH_MANAGED_RESOURCE);
	const char *base = base_of(f);

	buf_cut(&f->address, 0);
	buf_put(&f->address, source == IMDS ? url_trim(base) : span_str(base));
	if (source == IMDS)
		buf_str(&f->address, "/metadata/identity/oauth2/token");
	urlencode_put_query(&f->address, "api-version", versions[source]);
	urlencode_put_query(&f->address, "resource", f->resource);
	if (client != NULL)
		urlencode_put_query(&f->address, "client_id", client);
	if (object != NULL)
		urlencode_put_query(&f->address, "object_id", object);
	if (resource != NULL)
		urlencode_put_query(&f->address,
		    source == IMDS ? "msi_res_id" : "mi_res_id", resource);
}

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	const enum source source = source_of(f);
	const bool probing = source == IMDS && !f->probed;

	put_address(f, source);
	buf_cut(&f->header, 0);
	if (source == APP_SERVICE)
		flow_set_header(f,
		    "X-IDENTITY-HEADER: ", flow_value(f, AUTH_IDENTITY_HEADER));
	else if (source == ARC && f->step == 1)
		flow_set_header(
		    f, "Authorization: Basic ", (const char *)f->held.p);
	const enum rc rc = flow_put_get(f, out, e);
	size_t n = 0;
	while (f->headers[n] != NULL)
		n++;
	if (source != APP_SERVICE && !probing) {
		f->headers[n++] = "Metadata: true";
		f->headers[n] = NULL;
	}
	out->http.local = true;
	out->http.timeout_ms = probing ? PROBE_MS : 0;
	return rc;
}

/* --- answers ------------------------------------------------------------- */

static enum rc
read_probe(struct flow *f, const struct http_answer *answer, struct err *e)
{
	if (answer->fate == HTTP_ANSWERED) {
		f->probed = true;
		return RC_OK;
	}
	f->failures++;
	if (f->failures < PROBES)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.120s: %s (is this an Azure machine?)",
		    base_of(f), answer->reason);
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "no token: no managed identity here: no answer from %.120s (is "
	    "this "
	    "an Azure machine? other methods: --auth %s)",
	    base_of(f), AUTH_NAMES);
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const enum source source = source_of(f);
	const struct reply_refusal refusal = { base_of(f),
		"the managed identity is refused: assign one to this machine, "
		"or select one with managed_client_id" };

	if (source == IMDS && !f->probed)
		return read_probe(f, answer, e);
	enum rc rc = reply_check_arrived(base_of(f), answer, e);
	if (rc != RC_OK)
		return rc;
	if (source == ARC && f->step == 0 && answer->status == 401) {
		rc = arc_challenge_accept(f, answer->challenge, e);
		f->step = 1;
		return rc;
	}
	if (answer->status == 200) {
		const char *const wanted = flow_value(f, AUTH_MANAGED_CLIENT);
		rc = reply_read_token(f, base_of(f), answer->body, out, e);
		if (rc != RC_OK || source != ARC || wanted == NULL)
			return rc;
		/* An old agent ignores client_id and issues a token of the
		 * machine's own identity. */
		const char *const got = json_text(out->json, "client_id");
		if (got != NULL && strcasecmp(wanted, got) == 0)
			return RC_OK;
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: the Arc agent does not confirm that its token "
		    "is for managed_client_id: it may be too old for "
		    "user-assigned identities");
	}
	f->wait_ms = answer->status == 410 ? UPDATE_WAIT_MS : 0;
	if (source == IMDS && (answer->status == 404 || answer->status == 410))
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: IMDS is not ready: it answered %ld",
		    answer->status);
	return reply_report_error(f, &refusal, answer, e);
}

const struct flow_kind flow_managed = {
	.name = "managed",
	.renew_at_half = true,
	.needs = needs,
	.is_configured = is_configured,
	.open = check_settings,
	.write_request = write_request,
	.read_answer = read_answer,
};
