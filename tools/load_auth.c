/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "tools/load_auth.h"

#define SECRET_MAX 32768

static const struct {
	enum auth_setting key;
	enum option_id setting;
	/* Option with the path of a secret; OPTION_COUNT: none. */
	enum option_id file;
	enum option_id fd;
} settings[] = {
	{ AUTH_TENANT, OPT_TENANT, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_CLIENT, OPT_CLIENT, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_AUTHORITY, OPT_AUTHORITY, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_SECRET, OPT_SECRET, OPT_SECRET_FILE, OPT_SECRET_FD },
	{ AUTH_CERT_FILE, OPT_CERT_FILE, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_CERT_PASSWORD, OPT_CERT_PASSWORD, OPT_CERT_PASSWORD_FILE,
	    OPT_CERT_PASSWORD_FD },
	{ AUTH_CERT_CHAIN, OPT_CERT_CHAIN, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_CERT_ALGORITHM, OPT_CERT_ALGORITHM, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_MANAGED_CLIENT, OPT_MANAGED_CLIENT, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_MANAGED_OBJECT, OPT_MANAGED_OBJECT, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_MANAGED_RESOURCE, OPT_MANAGED_RESOURCE, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_IDENTITY_ENDPOINT, OPT_IDENTITY_ENDPOINT, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_IDENTITY_HEADER, OPT_IDENTITY_HEADER, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_IMDS_ENDPOINT, OPT_IMDS_ENDPOINT, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_IMDS_HOST, OPT_IMDS_HOST, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_FEDERATED_FILE, OPT_FEDERATED_FILE, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_PROXY_URL, OPT_TOKEN_PROXY, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_PROXY_SNI, OPT_TOKEN_PROXY_SNI, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_PROXY_CA_FILE, OPT_TOKEN_PROXY_CA_FILE, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_PROXY_CA_DATA, OPT_TOKEN_PROXY_CA_DATA, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_GITHUB_URL, OPT_GITHUB_URL, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_GITHUB_TOKEN, OPT_GITHUB_TOKEN, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_PIPELINES_URL, OPT_PIPELINES_URL, OPTION_COUNT, OPTION_COUNT },
	{ AUTH_PIPELINES_TOKEN, OPT_PIPELINES_TOKEN, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_PIPELINES_CONNECTION, OPT_SERVICE_CONNECTION, OPTION_COUNT,
	    OPTION_COUNT },
	{ AUTH_TOKEN, OPTION_COUNT, OPTION_COUNT, OPT_TOKEN_FD },
};

#define SETTINGS (sizeof(settings) / sizeof(*settings))

/* --- secrets ------------------------------------------------------------- */

static enum rc
bad_secret(const char *name, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s does not contain a secret of 1 to %d bytes", name,
	    SECRET_MAX - 1);
}

static enum rc
read_secret(int fd, const char *name, char **out, struct err *e)
{
	char room[SECRET_MAX];
	size_t n = 0;
	ssize_t got = 0;

	do {
		got = read(fd, room + n, sizeof(room) - n);
		if (got > 0)
			n += (size_t)got;
	} while (
	    (got > 0 && n < sizeof(room)) || (got == -1 && errno == EINTR));
	if (got == -1) {
		explicit_bzero(room, sizeof(room));
		(void)err_sys(e, RC_FATAL, "read %s", name);
		e->why = WHY_USAGE;
		return e->rc;
	}
	while (n > 0 && n < sizeof(room) &&
	       (room[n - 1] == '\n' || room[n - 1] == '\r'))
		n--;
	const bool good = n > 0 && n < sizeof(room);
	*out = good ? strndup(room, n) : NULL;
	explicit_bzero(room, sizeof(room));
	if (!good)
		return bad_secret(name, e);
	return *out != NULL ? RC_OK : err_nomem(e);
}

static enum rc
read_secret_file(const char *path, char **out, struct err *e)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		(void)err_sys(e, RC_FATAL, "open %s", path);
		e->why = WHY_USAGE;
		return RC_FATAL;
	}
	enum rc rc = RC_OK;
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, RC_FATAL, "stat %s", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is readable by others and therefore rejected: run "
		    "chmod 600 on it",
		    path);
	if (rc == RC_OK)
		rc = read_secret(fd, path, out, e);
	(void)close(fd);
	return rc;
}

/* Read the secret of settings[i] from where it is configured, if anywhere. */
static enum rc
find_secret(const struct options *o, size_t i, char **out, struct err *e)
{
	const enum option_id value = settings[i].setting;
	const enum option_id file = settings[i].file;
	const enum option_id fd = settings[i].fd;
	unsigned number = 0;

	if (value != OPTION_COUNT && o->value[value] != NULL) {
		/* Copy the secret from the environment, and wipe it there. */
		const char *const name = options_name(o, value);
		char *const text = getenv(name);
		const size_t n = text != NULL ? strlen(text) : 0;
		if (n == 0 || n >= SECRET_MAX)
			return bad_secret(name, e);
		*out = strdup(text);
		if (*out == NULL)
			return err_nomem(e);
		explicit_bzero(text, n);
		return RC_OK;
	}
	if (file != OPTION_COUNT && o->value[file] != NULL)
		return read_secret_file(o->value[file], out, e);
	if (fd == OPTION_COUNT || o->value[fd] == NULL)
		return RC_OK;
	enum rc rc = options_number(o, fd, &number, e);
	if (rc != RC_OK)
		return rc;
	rc = read_secret((int)number, options_name(o, fd), out, e);
	/* Child processes must not inherit the descriptor. */
	if (number > 2)
		(void)close((int)number);
	return rc;
}

/* --- the choice ---------------------------------------------------------- */

/* The first configured method in the order of DefaultAzureCredential. The
 * managed identity, which needs the network, comes last. */
static const char *
first_of(const struct auth_options *o, bool environment_only)
{
	if (o->value[AUTH_SECRET] != NULL)
		return "secret";
	if (o->value[AUTH_CERT_FILE] != NULL)
		return "certificate";
	if (environment_only)
		return "secret";
	if (o->value[AUTH_FEDERATED_FILE] != NULL)
		return "workload";
	return "managed";
}

static enum rc
choose(const struct options *o, struct auth_options *out, struct err *e)
{
	const char *const named = o->value[OPT_TOKEN_CREDENTIALS];

	out->method = o->value[OPT_AUTH];
	if (out->method == NULL && out->value[AUTH_TOKEN] != NULL)
		out->method = "token";
	if (out->method != NULL || named == NULL)
		return RC_OK;
	if (strcasecmp(named, "EnvironmentCredential") == 0)
		out->method = first_of(out, true);
	else if (strcasecmp(named, "WorkloadIdentityCredential") == 0)
		out->method = "workload";
	else if (strcasecmp(named, "ManagedIdentityCredential") == 0)
		out->method = "managed";
	else if (strcasecmp(named, "AzureCliCredential") == 0 ||
		 strcasecmp(named, "dev") == 0)
		out->method = "cli";
	else if (strcasecmp(named, "prod") == 0)
		out->method = first_of(out, false);
	else
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "AZURE_TOKEN_CREDENTIALS=%.60s is not supported: "
		    "EnvironmentCredential, WorkloadIdentityCredential, "
		    "ManagedIdentityCredential, AzureCliCredential, prod or "
		    "dev; or give --auth: %s",
		    named, AUTH_NAMES);
	/* As in the Azure SDKs, AZURE_CLIENT_ID then names the managed
	 * identity. */
	if (strcmp(out->method, "managed") == 0 &&
	    out->value[AUTH_MANAGED_OBJECT] == NULL &&
	    out->value[AUTH_MANAGED_RESOURCE] == NULL &&
	    out->value[AUTH_MANAGED_CLIENT] == NULL)
		out->value[AUTH_MANAGED_CLIENT] = out->value[AUTH_CLIENT];
	return RC_OK;
}

enum rc
load_auth(const struct options *o, struct secrets *secrets,
    struct auth_options *out, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < SETTINGS; i++) {
		const enum auth_setting key = settings[i].key;
		if (!setting_is_secret(key)) {
			out->value[key] = o->value[settings[i].setting];
			continue;
		}
		rc = find_secret(o, i, &secrets->value[key], e);
		out->value[key] = secrets->value[key];
	}
	return rc == RC_OK ? choose(o, out, e) : rc;
}

void
load_auth_wipe(struct secrets *secrets)
{
	for (int i = 0; i < AUTH_SETTINGS; i++) {
		if (secrets->value[i] != NULL)
			explicit_bzero(
			    secrets->value[i], strlen(secrets->value[i]));
		free(secrets->value[i]);
		secrets->value[i] = NULL;
	}
}
