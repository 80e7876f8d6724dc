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
	enum setting setting;
	enum setting file; /* SET_COUNT: none */
	enum setting fd;
} settings[] = {
	{ AUTH_TENANT, SET_TENANT, SET_COUNT, SET_COUNT },
	{ AUTH_CLIENT, SET_CLIENT, SET_COUNT, SET_COUNT },
	{ AUTH_AUTHORITY, SET_AUTHORITY, SET_COUNT, SET_COUNT },
	{ AUTH_SECRET, SET_SECRET, SET_SECRET_FILE, SET_SECRET_FD },
	{ AUTH_CERT_FILE, SET_CERT_FILE, SET_COUNT, SET_COUNT },
	{ AUTH_CERT_PASSWORD, SET_CERT_PASSWORD, SET_CERT_PASSWORD_FILE,
	    SET_CERT_PASSWORD_FD },
	{ AUTH_CERT_CHAIN, SET_CERT_CHAIN, SET_COUNT, SET_COUNT },
	{ AUTH_CERT_ALGORITHM, SET_CERT_ALGORITHM, SET_COUNT, SET_COUNT },
	{ AUTH_MANAGED_CLIENT, SET_MANAGED_CLIENT, SET_COUNT, SET_COUNT },
	{ AUTH_MANAGED_OBJECT, SET_MANAGED_OBJECT, SET_COUNT, SET_COUNT },
	{ AUTH_MANAGED_RESOURCE, SET_MANAGED_RESOURCE, SET_COUNT, SET_COUNT },
	{ AUTH_IDENTITY_ENDPOINT, SET_IDENTITY_ENDPOINT, SET_COUNT, SET_COUNT },
	{ AUTH_IDENTITY_HEADER, SET_IDENTITY_HEADER, SET_COUNT, SET_COUNT },
	{ AUTH_IMDS_ENDPOINT, SET_IMDS_ENDPOINT, SET_COUNT, SET_COUNT },
	{ AUTH_IMDS_HOST, SET_IMDS_HOST, SET_COUNT, SET_COUNT },
	{ AUTH_FEDERATED_FILE, SET_FEDERATED_FILE, SET_COUNT, SET_COUNT },
	{ AUTH_PROXY_URL, SET_TOKEN_PROXY, SET_COUNT, SET_COUNT },
	{ AUTH_PROXY_SNI, SET_TOKEN_PROXY_SNI, SET_COUNT, SET_COUNT },
	{ AUTH_PROXY_CA_FILE, SET_TOKEN_PROXY_CA_FILE, SET_COUNT, SET_COUNT },
	{ AUTH_PROXY_CA_DATA, SET_TOKEN_PROXY_CA_DATA, SET_COUNT, SET_COUNT },
	{ AUTH_GITHUB_URL, SET_GITHUB_URL, SET_COUNT, SET_COUNT },
	{ AUTH_GITHUB_TOKEN, SET_GITHUB_TOKEN, SET_COUNT, SET_COUNT },
	{ AUTH_PIPELINES_URL, SET_PIPELINES_URL, SET_COUNT, SET_COUNT },
	{ AUTH_PIPELINES_TOKEN, SET_PIPELINES_TOKEN, SET_COUNT, SET_COUNT },
	{ AUTH_PIPELINES_CONNECTION, SET_SERVICE_CONNECTION, SET_COUNT,
	    SET_COUNT },
	{ AUTH_TOKEN, SET_COUNT, SET_COUNT, SET_TOKEN_FD },
};

#define SETTINGS (sizeof(settings) / sizeof(*settings))

/* --- secrets ------------------------------------------------------------- */

static enum rc
bad_secret(const char *name, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s does not hold a secret of a sensible length", name);
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
		rc = err_sys(e, RC_FATAL, "look at %s", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%s can be read by others, so it is refused: chmod 600 it",
		    path);
	if (rc == RC_OK)
		rc = read_secret(fd, path, out, e);
	(void)close(fd);
	return rc;
}

static enum rc
read_secret_fd(
    const struct options *o, enum setting setting, char **out, struct err *e)
{
	const struct number number = { setting, 0, 65535, 0, 1 };
	unsigned fd = 0;
	const enum rc rc = options_number(o, &number, &fd, e);

	if (rc != RC_OK)
		return rc;
	const enum rc read =
	    read_secret((int)fd, options_name(setting), out, e);
	/* No child inherits it. */
	if (fd > 2)
		(void)close((int)fd);
	return read;
}

static enum rc
take_from_environment(enum setting setting, char **out, struct err *e)
{
	char *const value = getenv(options_name(setting));
	const size_t n = value != NULL ? strlen(value) : 0;

	if (n == 0 || n >= SECRET_MAX)
		return bad_secret(options_name(setting), e);
	*out = strdup(value);
	if (*out == NULL)
		return err_nomem(e);
	explicit_bzero(value, n);
	return RC_OK;
}

static enum rc
take_secret(const struct options *o, size_t i, char **out, struct err *e)
{
	const enum setting value = settings[i].setting;
	const enum setting file = settings[i].file;
	const enum setting fd = settings[i].fd;

	if (value != SET_COUNT && o->value[value] != NULL)
		return take_from_environment(value, out, e);
	if (file != SET_COUNT && o->value[file] != NULL)
		return read_secret_file(o->value[file], out, e);
	if (fd != SET_COUNT && o->value[fd] != NULL)
		return read_secret_fd(o, fd, out, e);
	return RC_OK;
}

/* --- the choice ---------------------------------------------------------- */

static bool
has_certificate(const struct auth_options *o)
{
	return o->value[AUTH_CERT_FILE] != NULL;
}

/* What DefaultAzureCredential would try first, of what we have: never the
 * network, unless nothing else is configured. */
static const char *
first_of(const struct auth_options *o, bool environment_only)
{
	if (o->value[AUTH_SECRET] != NULL)
		return "secret";
	if (has_certificate(o))
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
	const char *const named = o->value[SET_TOKEN_CREDENTIALS];

	out->method = o->value[SET_AUTH];
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
	/* As in the SDKs: there AZURE_CLIENT_ID names the managed identity. */
	if (strcmp(out->method, "managed") == 0 &&
	    out->value[AUTH_MANAGED_OBJECT] == NULL &&
	    out->value[AUTH_MANAGED_RESOURCE] == NULL &&
	    out->value[AUTH_MANAGED_CLIENT] == NULL)
		out->value[AUTH_MANAGED_CLIENT] = out->value[AUTH_CLIENT];
	return RC_OK;
}

/* --- all of it ----------------------------------------------------------- */

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
		rc = take_secret(o, i, &secrets->value[key], e);
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
