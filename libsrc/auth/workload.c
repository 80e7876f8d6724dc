/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workload identity: the assertion is the text of a file that Kubernetes
 * renews, so it is read for each request. AKS may put a proxy before the
 * authority ("identity binding"): the request goes there then, with the name
 * and the certificates that AKS gives.
 */
#include <stdio.h>
#include <string.h>

#include "auth/form.h"
#include "auth/reply.h"
#include "auth/secret_file.h"
#include "http/url.h"

#define TOKEN_FILE_MAX 32768

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_FEDERATED_FILE, AUTH_SETTINGS };

static bool
chosen(const struct auth_options *options)
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
	if (text.p != NULL)
		explicit_bzero(text.p, text.cap);
	buf_reset(&text);
	if (rc == RC_OK && !reply_is_token((const char *)f->held.p))
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: %.200s does not hold a token",
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
		    "%s must be an https address without user, query and "
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

/* The file may be replaced while we run. */
static enum rc
read_ca(struct flow *f, struct err *e)
{
	const char *const file = flow_value(f, AUTH_PROXY_CA_FILE);
	const char *const data = flow_value(f, AUTH_PROXY_CA_DATA);

	buf_cut(&f->ca, 0);
	if (file != NULL)
		return secret_file_read(file, FLOW_CA_MAX / 2, &f->ca, e);
	if (data != NULL)
		buf_str(&f->ca, data);
	return RC_OK;
}

/* Send the form to the proxy: the name for TLS becomes the host of the address,
 * and the connection goes to the proxy's. */
static enum rc
take_proxy(struct flow *f, struct auth_step *out, struct err *e)
{
	const char *const host = flow_value(f, AUTH_PROXY_URL) + 8;
	const size_t host_n = strcspn(host, "/");
	const char *const sni = flow_value(f, AUTH_PROXY_SNI);
	const char *const path = host + host_n;
	size_t path_n = strlen(path);
	const bool port = memchr(host, ':', host_n) != NULL;
	const enum rc rc = read_ca(f, e);

	while (path_n > 0 && path[path_n - 1] == '/')
		path_n--;
	(void)snprintf(f->route_text, sizeof(f->route_text), "%.*s%s",
	    (int)host_n, host, port ? "" : ":443");
	buf_cut(&f->address, 0);
	buf_fmt(&f->address, "https://%s:443%.*s/%s/oauth2/v2.0/token",
	    sni != NULL ? sni : "", (int)path_n, path,
	    flow_value(f, AUTH_TENANT));
	if (sni == NULL) {
		buf_cut(&f->address, 0);
		buf_fmt(&f->address, "https://%.*s%.*s/%s/oauth2/v2.0/token",
		    (int)host_n, host, (int)path_n, path,
		    flow_value(f, AUTH_TENANT));
	}
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
		   ? buf_fail(&f->address, "the address of a token", e)
		   : rc;
}

/* --- the flow ------------------------------------------------------------ */

static enum rc
check(struct flow *f, struct err *e)
{
	enum rc rc = check_proxy(f, e);

	if (rc == RC_OK)
		rc = read_assertion(f, e);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	return rc;
}

static enum rc
ask(struct flow *f, struct auth_step *out, struct err *e)
{
	enum rc rc = read_assertion(f, e);

	if (rc == RC_OK)
		rc = form_ask_assertion(f, out, e);
	if (rc == RC_OK && flow_value(f, AUTH_PROXY_URL) != NULL)
		rc = take_proxy(f, out, e);
	return rc;
}

const struct flow_kind workload_flow = {
	.name = "workload",
	.needs = needs,
	.chosen = chosen,
	.open = check,
	.ask = ask,
	.read = form_read,
};
