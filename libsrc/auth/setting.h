/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of authentication. Each has a name for messages: an environment
 * variable, a key of the configuration file, or an option.
 *
 * This module does not read the environment: the program passes the values.
 * Everything else that a flow takes from outside (the clock, fixed addresses
 * and folders of the machine) is in struct auth_platform, so that unit tests
 * can replace it.
 */
#ifndef AUTH_SETTING_H
#define AUTH_SETTING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The values of --auth. */
#define AUTH_NAMES \
	"secret, certificate, managed, workload, github, pipelines, cli, " \
	"token"

enum auth_setting {
	AUTH_TENANT,
	AUTH_CLIENT,
	AUTH_AUTHORITY, /* URL or host name of the authority */
	AUTH_SECRET,
	AUTH_CERT_FILE, /* file with key and certificates: PEM or PKCS#12 */
	AUTH_CERT_PASSWORD,
	AUTH_CERT_CHAIN,     /* "1" or "true": send the certificates (x5c) */
	AUTH_CERT_ALGORITHM, /* signature algorithm: PS256 (default) or RS256 */
	/* At most one AUTH_MANAGED_* may be set. */
	AUTH_MANAGED_CLIENT,
	AUTH_MANAGED_OBJECT,
	AUTH_MANAGED_RESOURCE,
	AUTH_IDENTITY_ENDPOINT,
	AUTH_IDENTITY_HEADER,
	AUTH_IMDS_ENDPOINT,
	AUTH_IMDS_HOST, /* URL of IMDS instead of http://169.254.169.254 */
	AUTH_FEDERATED_FILE,
	AUTH_PROXY_URL, /* URL of the token proxy of AKS */
	AUTH_PROXY_SNI,
	AUTH_PROXY_CA_FILE,
	AUTH_PROXY_CA_DATA,
	AUTH_GITHUB_URL,
	AUTH_GITHUB_TOKEN,
	AUTH_PIPELINES_URL,
	AUTH_PIPELINES_TOKEN,
	AUTH_PIPELINES_CONNECTION,
	AUTH_TOKEN, /* access token from --token-fd */
	AUTH_SETTINGS,
};

struct auth_platform {
	int64_t (*now)(void);   /* current time in seconds since 1970 */
	const char *imds;       /* URL of IMDS */
	const char *arc_folder; /* folder of Azure Arc's challenge files */
	/* Path of a program that exists only on machines with Arc. */
	const char *arc_agent;
	/* URL of Arc's endpoint for tokens, if no setting has one. */
	const char *arc_address;
	/* Folders in which az is searched; NULL: those of PATH. */
	const char *path;
};

struct auth_options {
	const char *method; /* value of --auth; NULL: chosen by the settings */
	/* Value of each setting, copied by auth_create(); NULL: not set. */
	const char *value[AUTH_SETTINGS];
	bool query; /* the token is for the Log Analytics query API */
	/* Paths and URLs of the machine; NULL: setting_platform. */
	const struct auth_platform *platform;
};

/* The platform that is used outside of tests. */
extern const struct auth_platform setting_platform;

/* The name of a setting in messages. */
const char *setting_name(enum auth_setting setting);

/* True if the value must neither be shown nor stay in the environment. */
bool setting_is_secret(enum auth_setting setting);

#endif
