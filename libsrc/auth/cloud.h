/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Azure clouds: the authority that issues tokens, and the services that the
 * tokens are for.
 */
#ifndef AUTH_CLOUD_H
#define AUTH_CLOUD_H

#include <stddef.h>

#include "util/err.h"

#define CLOUD_PUBLIC "https://login.microsoftonline.com"

struct cloud {
	const char *authority;
	const char *audience; /* audience of tokens for Logs Ingestion */
	const char *query;    /* audience of tokens for Log Analytics queries */
	const char *endpoint; /* URL of the Log Analytics query API */
	const char *exchange; /* audience of assertions for the authority */
};

/* Write the URL of an authority, given as a URL or a host name, to `address`,
 * without a slash at its end, and find its cloud. For an unknown authority (a
 * test, a private cloud), *out is the public cloud. WHY_USAGE if the authority
 * is not valid. */
enum rc cloud_find(const char *authority, char *address, size_t size,
    const struct cloud **out, struct err *e);

#endif
