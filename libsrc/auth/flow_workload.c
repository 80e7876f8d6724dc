/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "auth/entra.h"
#include "auth/flow_workload.h"
#include "auth/reply.h"
#include "auth/secret_file.h"
#include "http/url.h"

#define TOKEN_FILE_MAX 32768

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_FEDERATED_FILE, AUTH_SETTINGS };

static bool
is_configured(const struct auth_options *options)
{
	return options->value[AUTH_FEDERATED_FILE] != NULL;
}

static enum rc
read_assertion(struct flow *f, struct err *e)
{
	struct buf text;

	buf_init(&text, (size_t)2 * TOKEN_FILE_MAX);
	enum rc rc = secret_file_read(
	    flow_value(f, AUTH_FEDERATED_FILE), TOKEN_FILE_MAX, &text, e);
	if (rc == RC_OK)
		rc = flow_hold(f, buf_span(&text), e);
	buf_wipe(&text);
	if (rc == RC_OK && !reply_is_token((const char *)f->held.p))
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: %.200s does not contain a token",
		    flow_value(f, AUTH_FEDERATED_FILE));
	return rc;
}

/* --- the proxy of AKS ---------------------------------------------------- */

static enum rc
check_proxy(const struct flow *f, struct err *e)
{
	const char *const url = flow_value(f, AUTH_PROXY_URL);
	bool plain = false;

	if (url == NULL)
		return RC_OK;
	if (strncmp(url, "https://", 8) != 0 || strpbrk(url, "?#@") != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s must be an https URL without user, query and "
		    "fragment",
		    setting_name(AUTH_PROXY_URL));
	if (flow_value(f, AUTH_PROXY_CA_FILE) != NULL &&
	    flow_value(f, AUTH_PROXY_CA_DATA) != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s and %s cannot both be given",
		    setting_name(AUTH_PROXY_CA_FILE),
		    setting_name(AUTH_PROXY_CA_DATA));
	const char *const sni = flow_value(f, AUTH_PROXY_SNI);
	if (sni != NULL && (sni[0] == '\0' || strpbrk(sni, "/:@?#% ") != NULL))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a valid host name",
		    setting_name(AUTH_PROXY_SNI));
	return url_check(url, setting_name(AUTH_PROXY_URL), &plain, e);
}

/* Send the request to the proxy instead of the authority: connect to the proxy,
 * and use the name that AKS provides for TLS as the host of the URL. */
static enum rc
use_proxy(struct flow *f, struct auth_step *out, struct err *e)
{
	const char *const host = flow_value(f, AUTH_PROXY_URL) + 8;
	const size_t host_n = strcspn(host, "/");
	const char *const sni = flow_value(f, AUTH_PROXY_SNI);
	const char *const ca_file = flow_value(f, AUTH_PROXY_CA_FILE);
	const char *const ca_data = flow_value(f, AUTH_PROXY_CA_DATA);
	const char *const path = host + host_n;
	size_t path_n = strlen(path);
	const bool port = memchr(host, ':', host_n) != NULL;
	enum rc rc = RC_OK;

	/* Read the certificates for each request: the file may be replaced. */
	buf_cut(&f->ca, 0);
	if (ca_file != NULL)
		rc = secret_file_read(ca_file, FLOW_CA_MAX / 2, &f->ca, e);
	else if (ca_data != NULL)
		buf_str(&f->ca, ca_data);
	while (path_n > 0 && path[path_n - 1] == '/')
		path_n--;
	(void)snprintf(f->route_text, sizeof(f->route_text), "%.*s%s",
	    (int)host_n, host, port ? "" : ":443");
	buf_cut(&f->address, 0);
	buf_str(&f->address, "https://");
	if (sni != NULL)
		buf_fmt(&f->address, "%s:443", sni);
	else
		buf_put(&f->address, span_of(host, host_n));
	buf_fmt(&f->address, "%.*s/%s/oauth2/v2.0/token", (int)path_n, path,
	    flow_value(f, AUTH_TENANT));
	buf_byte(&f->address, '\0');
	buf_cut(&f->header, 0);
	buf_fmt(&f->header, "Host: %.*s", (int)host_n, host);
	buf_byte(&f->header, '\0');
	f->headers[0] = out->http.headers[0];
	f->headers[1] = out->http.headers[1];
	f->headers[2] = (const char *)f->header.p;
	f->headers[3] = NULL;
	f->route = (struct http_route){ f->route_text, &f->ca };
	out->http.url = (const char *)f->address.p;
	out->http.headers = f->headers;
	out->http.route = &f->route;
	return rc == RC_OK && f->address.full
		   ? buf_fail(
			 &f->address, "the URL of a request for a token", e)
		   : rc;
}

/* --- the flow ------------------------------------------------------------ */

static enum rc
check_settings(struct flow *f, struct err *e)
{
	enum rc rc = check_proxy(f, e);

	if (rc == RC_OK)
		rc = read_assertion(f, e);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	return rc;
}

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	enum rc rc = read_assertion(f, e);

	if (rc == RC_OK)
		rc = entra_put_assertion(f, out, e);
	if (rc == RC_OK && flow_value(f, AUTH_PROXY_URL) != NULL)
		rc = use_proxy(f, out, e);
	return rc;
}

const struct flow_kind flow_workload = {
	.name = "workload",
	.needs = needs,
	.is_configured = is_configured,
	.open = check_settings,
	.write_request = write_request,
	.read_answer = entra_read_answer,
};
