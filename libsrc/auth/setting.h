/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow may be configured with. Every value has one key here, and one
 * environment variable or configuration key by which messages call it.
 *
 * This file knows no environment: the program reads it and passes values. What
 * is outside of the values (the clock, the fixed addresses and folders of the
 * machine) is in struct auth_platform, so that unit tests can inject their own.
 */
#ifndef AUTH_SETTING_H
#define AUTH_SETTING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum auth_setting {
	AUTH_TENANT,
	AUTH_CLIENT,
	AUTH_AUTHORITY, /* an address, or a host */
	AUTH_SECRET,
	AUTH_CERT_FILE, /* PEM with key and certificates, or PKCS#12 */
	AUTH_CERT_PASSWORD,
	AUTH_CERT_CHAIN,     /* "1" or "true": send x5c */
	AUTH_CERT_ALGORITHM, /* PS256 (default) or RS256 */
	AUTH_MANAGED_CLIENT, /* at most one of these three */
	AUTH_MANAGED_OBJECT,
	AUTH_MANAGED_RESOURCE,
	AUTH_IDENTITY_ENDPOINT,
	AUTH_IDENTITY_HEADER,
	AUTH_IMDS_ENDPOINT,
	AUTH_IMDS_HOST, /* in place of http://169.254.169.254 */
	AUTH_FEDERATED_FILE,
	AUTH_PROXY_URL, /* the token proxy of AKS */
	AUTH_PROXY_SNI,
	AUTH_PROXY_CA_FILE,
	AUTH_PROXY_CA_DATA,
	AUTH_GITHUB_URL,
	AUTH_GITHUB_TOKEN,
	AUTH_PIPELINES_URL,
	AUTH_PIPELINES_TOKEN,
	AUTH_PIPELINES_CONNECTION,
	AUTH_TOKEN, /* an access token, used as it is */
	AUTH_SETTINGS,
};

struct auth_platform {
	int64_t (*now)(void);    /* seconds since 1970 */
	const char *imds;        /* http://169.254.169.254 */
	const char *arc_folder;  /* where Arc writes its challenge files */
	const char *arc_agent;   /* this program's presence means Arc */
	const char *arc_address; /* and then its endpoint is this */
	const char *path;        /* to look for az in; NULL: the PATH */
};

struct auth_options {
	const char *method; /* a name of --auth; NULL: the default choice */
	const char *value[AUTH_SETTINGS]; /* NULL: not set; all are copied */
	bool query; /* the token is for the query API of Log Analytics */
	const struct auth_platform *platform; /* NULL: setting_platform */
};

extern const struct auth_platform setting_platform;

/* The name of a key for its user: a variable, or a key of the configuration
 * file. */
const char *setting_name(enum auth_setting key);

/* Whether the value must not be shown, and not stay in the environment. */
bool setting_is_secret(enum auth_setting key);

#endif
