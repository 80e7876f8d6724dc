/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clouds: where one logs in, and what a token is for. An authority that is
 * not in the table (a test, a private cloud) has the audience of the public
 * cloud.
 */
#ifndef AUTH_CLOUD_H
#define AUTH_CLOUD_H

#include <stddef.h>

#include "util/err.h"

#define CLOUD_PUBLIC "https://login.microsoftonline.com"

struct cloud {
	const char *authority;
	const char *audience; /* of the ingestion API */
	const char *query;    /* of the Log Analytics API */
	const char *endpoint; /* of its addresses */
	const char *exchange; /* of an assertion for it */
};

/* The address of an authority given as host or address, without a slash at its
 * end, and its cloud. WHY_USAGE if it is not a valid address. */
enum rc cloud_find(const char *authority, char *address, size_t size,
    const struct cloud **out, struct err *e);

#endif
