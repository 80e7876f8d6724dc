/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/refusal.h"
#include "auth/reply.h"
#include "util/json.h"

#define ID_MAX 40

/* learn.microsoft.com/entra/identity-platform/reference-error-codes */
static const struct {
	unsigned long code;
	const char *text;
} known[] = {
	{ 7000215, "the secret of AZURE_CLIENT_ID is wrong: it takes the "
		   "value, not its id" },
	{ 7000222, "the client secret has expired: make a new one" },
	{ 700016, "no application AZURE_CLIENT_ID in the tenant "
		  "AZURE_TENANT_ID" },
	{ 7000229, "the application has no service principal in the tenant" },
	{ 7000112, "the application is disabled" },
	{ 90002, "no tenant AZURE_TENANT_ID, or it is in another cloud: see "
		 "AZURE_AUTHORITY_HOST" },
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
	{ 500011, "the tenant does not know the ingestion service: see "
		  "AZURE_AUTHORITY_HOST" },
	{ 53003, "a Conditional Access policy blocks the application" },
};

static const char *
advice(const char *said)
{
	const char *const at = strstr(said, "AADSTS");
	const unsigned long code = at != NULL ? strtoul(at + 6, NULL, 10) : 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code)
			return known[i].text;
	return "check AZURE_TENANT_ID, AZURE_CLIENT_ID, the credentials and "
	       "AZURE_AUTHORITY_HOST";
}

/* ", name ID" if the member is an id. */
static void
put_id(const struct cJSON *root, const char *member, const char *name,
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

enum rc
refusal_entra(struct flow *f, const struct http_answer *answer, struct err *e)
{
	struct cJSON *root = NULL;
	char trace[ID_MAX + 32];
	char correlation[ID_MAX + 32];
	char said[180];
	struct err ignored;
	enum rc rc = RC_OK;

	(void)json_parse(answer->body, "it", &root, &ignored);
	const char *const code = json_text(root, "error");
	const bool temporary =
	    reply_is_temporary(answer->status) ||
	    (code != NULL && strcmp(code, "temporarily_unavailable") == 0);
	flow_clean(f, json_text(root, "error_description"), said, sizeof(said));
	if (said[0] == '\0')
		(void)snprintf(said, sizeof(said), "%s",
		    answer->status / 100 == 3
			? "a redirect, which is not followed"
			: "no reason given");
	put_id(root, "trace_id", "trace id", trace);
	put_id(root, "correlation_id", "correlation id", correlation);
	if (temporary)
		rc = err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.100s answered %ld: %s%s%s", f->url,
		    answer->status, said, trace, correlation);
	else
		rc = err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: %s (%.100s answered %ld: %s%s%s)", advice(said),
		    f->url, answer->status, said, trace, correlation);
	json_free(root);
	return rc;
}
