/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways to prove who we are. A way is one file and one line in the table of
 * auth.c; it writes the form that asks for a token.
 */
#ifndef AUTH_KIND_H
#define AUTH_KIND_H

#include "auth/auth.h"
#include "util/buf.h"

struct auth_form {
	const char *tenant;
	const char *client;
	const char *secret;
	const char *scope;
};

struct auth_kind {
	const char *name;
	/* Whether the options say what this way needs. */
	bool (*fits)(const struct auth_options *options);
	enum rc (*body)(
	    const struct auth_form *form, struct buf *out, struct err *e);
};

extern const struct auth_kind auth_secret;

/* Append name=value, the value percent-encoded, after & if need be. */
void auth_field(struct buf *out, const char *name, const char *value);

#endif
