/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/entra.h"
#include "auth/reply.h"
#include "auth/urlencode.h"
#include "util/json.h"

#define ID_MAX 40

/* --- requests ------------------------------------------------------------ */

static void
begin_form(struct flow *f)
{
	buf_cut(&f->body, 0);
	urlencode_put_field(&f->body, "client_id", flow_value(f, AUTH_CLIENT));
	urlencode_put_field(&f->body, "scope", f->resource);
	buf_str(&f->body, "%2F.default");
	urlencode_put_field(&f->body, "grant_type", "client_credentials");
}

static enum rc
end_form(struct flow *f, struct auth_step *out, struct err *e)
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
entra_put_secret(struct flow *f, struct auth_step *out, struct err *e)
{
	begin_form(f);
	urlencode_put_field(
	    &f->body, "client_secret", flow_value(f, AUTH_SECRET));
	return end_form(f, out, e);
}

enum rc
entra_put_assertion(struct flow *f, struct auth_step *out, struct err *e)
{
	begin_form(f);
	urlencode_put_field(&f->body, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	urlencode_put_field(
	    &f->body, "client_assertion", (const char *)f->held.p);
	return end_form(f, out, e);
}

/* --- answers ------------------------------------------------------------- */

/* Advice for the AADSTS error codes of
 * learn.microsoft.com/entra/identity-platform/reference-error-codes */
static const struct {
	unsigned long code;
	const char *text;
} advices[] = {
	{ 7000215, "the secret of AZURE_CLIENT_ID is wrong: give its "
		   "value, not its id" },
	{ 7000222, "the client secret has expired: create a new one" },
	{ 700016, "the tenant AZURE_TENANT_ID has no application "
		  "AZURE_CLIENT_ID" },
	{ 7000229, "the application has no service principal in the tenant" },
	{ 7000112, "the application is disabled" },
	{ 90002, "the tenant AZURE_TENANT_ID does not exist or is in another "
		 "cloud: check AZURE_AUTHORITY_HOST" },
	{ 900023, "AZURE_TENANT_ID must be a tenant's id or domain" },
	{ 700027, "the certificate is not registered for the application, or "
		  "has expired" },
	{ 700030, "the certificate is not acceptable: check its subject and "
		  "issuer" },
	{ 700024, "the assertion is not valid now: check this machine's "
		  "clock" },
	{ 70025, "the application has no federated credentials" },
	{ 70021, "no federated credential matches the assertion's issuer, "
		 "subject and audience" },
	{ 700211, "no federated credential has the assertion's issuer" },
	{ 700212, "no federated credential has the assertion's audience" },
	{ 700213, "no federated credential has the assertion's subject" },
	{ 500011, "the ingestion service is not in the tenant: check "
		  "AZURE_AUTHORITY_HOST" },
	{ 53003, "a Conditional Access policy blocks the application" },
};

/* Write ", NAME ID" to `out` if the JSON member is an id of hex digits and
 * hyphens, else "". */
static void
quote_id(const struct cJSON *root, const char *member, const char *name,
    char out[ID_MAX + 32])
{
	const char *const id = json_text(root, member);
	size_t n = 0;

	out[0] = '\0';
	while (id != NULL && (isxdigit((unsigned char)id[n]) || id[n] == '-'))
		n++;
	if (id != NULL && n > 0 && n < ID_MAX && id[n] == '\0')
		(void)snprintf(out, ID_MAX + 32, ", %s %s", name, id);
}

/* Report an error answer. The message ends with the ids that Microsoft's
 * support asks for. */
static enum rc
report_error(struct flow *f, const struct http_answer *answer, struct err *e)
{
	struct cJSON *root = NULL;
	char trace[ID_MAX + 32];
	char correlation[ID_MAX + 32];
	char message[180];
	const char *advice = "check AZURE_TENANT_ID, AZURE_CLIENT_ID, the "
			     "credentials and AZURE_AUTHORITY_HOST";
	struct err ignored;
	enum rc rc = RC_OK;

	(void)json_parse(answer->body, "it", &root, &ignored);
	const char *const code = json_text(root, "error");
	const bool temporary =
	    reply_is_temporary(answer->status) ||
	    (code != NULL && strcmp(code, "temporarily_unavailable") == 0);
	flow_quote(
	    f, json_text(root, "error_description"), message, sizeof(message));
	if (message[0] == '\0')
		(void)snprintf(message, sizeof(message), "%s",
		    answer->status / 100 == 3
			? "a redirect, which is not followed"
			: "no reason given");
	/* Find the advice for the error code AADSTS... in the message. */
	const char *const at = strstr(message, "AADSTS");
	const unsigned long number = at != NULL ? strtoul(at + 6, NULL, 10) : 0;
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		if (advices[i].code == number)
			advice = advices[i].text;
	quote_id(root, "trace_id", "trace id", trace);
	quote_id(root, "correlation_id", "correlation id", correlation);
	if (temporary)
		rc = err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.100s answered %ld: %s%s%s", f->url,
		    answer->status, message, trace, correlation);
	else
		rc = err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: %s (%.100s answered %ld: %s%s%s)", advice,
		    f->url, answer->status, message, trace, correlation);
	json_free(root);
	return rc;
}

enum rc
entra_read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const enum rc rc = reply_check_arrived(f->url, answer, e);

	if (rc != RC_OK)
		return rc;
	if (answer->status != 200)
		return report_error(f, answer, e);
	return reply_read_token(f, f->url, answer->body, out, e);
}
