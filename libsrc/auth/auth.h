/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens for a service that trusts Microsoft Entra ID.
 *
 * It keeps one token, says when a new one is needed, makes the request for it
 * and reads the answer; the caller carries both. So it needs no network of its
 * own, and nothing waits for it. Secrets and tokens never appear in a message.
 *
 * Each token has a generation, so that a 401 for an old one does not throw
 * away its successor.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "util/buf.h"
#include "util/err.h"

#define AUTH_PUBLIC "https://login.microsoftonline.com"

struct auth;

struct auth_options {
	const char *tenant;
	const char *client;
	const char *secret;    /* copied */
	const char *authority; /* NULL: AUTH_PUBLIC */
};

/* WHY_USAGE when an option cannot be right. Destroy takes NULL. */
enum rc auth_create(
    const struct auth_options *options, struct auth **ap, struct err *e);
void auth_destroy(struct auth *a);

/* The token if it is good for the next minutes, else NULL. now: seconds of a
 * clock that never goes back. */
const char *auth_token(const struct auth *a, int64_t now);
unsigned auth_generation(const struct auth *a);

/* Put the Authorization header with it into out, ended by a NUL. */
enum rc auth_bearer(const struct auth *a, struct buf *out, struct err *e);

/* The request for a new one; what it points to lives until the next call. */
enum rc auth_request(struct auth *a, struct http_request *out, struct err *e);

/* Its answer. RC_RETRY: ask again later; WHY_DENIED: we are refused. */
enum rc auth_answer(struct auth *a, const struct http_answer *answer,
    int64_t now, struct err *e);

/* A token of this generation was accepted, or refused. After a refusal a new
 * one is to be fetched: true. Refused again before it worked once: false. */
void auth_accepted(struct auth *a, unsigned generation);
bool auth_refused(struct auth *a, unsigned generation);

/* Whether a text from elsewhere holds the token or the secret, or a part of
 * one, in any form: see auth/leak.h. What is said instead of such a text: */
#define AUTH_WITHHELD "(withheld: it repeats a secret)"
bool auth_leaks(const struct auth *a, const char *text);

#endif
