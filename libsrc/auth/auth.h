/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens for a service that trusts Microsoft Entra ID.
 *
 * It keeps one token, says when a new one is needed, writes the requests for
 * it and reads their answers; the caller carries both (load/fetch.h). It opens
 * no connection and never waits. Secrets and tokens never appear in a message.
 *
 * Each token has a generation, so that a 401 for an old one does not throw
 * away its successor.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/setting.h"
#include "http/http.h"
#include "util/buf.h"
#include "util/err.h"

#define AUTH_NAMES \
	"secret, certificate, managed, workload, github, pipelines, cli, " \
	"token"

struct auth;

/* One request on the way to a token. */
struct auth_step {
	struct http_request http; /* to be sent, if argv is NULL */
	/* A command to be run: argv[0] is an absolute path. Its exit status
	 * and output are the answer's status and body (auth/command.h). */
	const char *const *argv;
};

/* WHY_USAGE when an option cannot be right. Destroy takes NULL. */
enum rc auth_create(
    const struct auth_options *options, struct auth **ap, struct err *e);
void auth_destroy(struct auth *a);

/* The flow that the options choose: their method, or what their values say.
 * WHY_USAGE for an unknown method, or if nothing is configured. */
enum rc auth_choose_method(
    const struct auth_options *options, const char **name, struct err *e);

/* The values that the chosen flow needs and the options lack, in order:
 * out[0...], at most AUTH_SETTINGS. Returns how many. */
size_t auth_missing(
    const struct auth_options *options, enum auth_setting out[AUTH_SETTINGS]);

/* The name of the flow. */
const char *auth_method(const struct auth *a);

/* The token if it is still valid, else NULL. now: seconds of a clock that
 * never goes back. */
const char *auth_token(const struct auth *a, int64_t now);
unsigned auth_generation(const struct auth *a);

/* Whether a new token is to be fetched: there is none, or it is old enough.
 * The old one remains in use until the new one is there. */
bool auth_renewal_is_due(const struct auth *a, int64_t now);

/* Put the Authorization header with it into out, ended by a NUL. */
enum rc auth_put_header(const struct auth *a, struct buf *out, struct err *e);

/* The next request for a new one; what it points to lives until the next call.
 * WHY_DENIED if there is no way to a new token. */
enum rc auth_renewal_request(
    struct auth *a, struct auth_step *out, struct err *e);

/* Its answer. RC_OK: there is a new token, or another request is to be made
 * (auth_renewal_is_due() is still true). RC_RETRY: ask again later, not before
 * auth_renewal_wait_ms(); WHY_DENIED: we are refused. */
enum rc auth_renewal_answer(struct auth *a, const struct http_answer *answer,
    int64_t now, struct err *e);
int64_t auth_renewal_wait_ms(const struct auth *a);

/* A token of this generation was accepted, or refused. After a refusal a new
 * one is to be fetched: true. Refused again before it worked once: false. */
void auth_token_accepted(struct auth *a, unsigned generation);
bool auth_token_refused(struct auth *a, unsigned generation);

/* Whether a text from elsewhere holds the token or a secret, or a part of
 * one, in any form: see auth/leak.h. What is said instead of such a text: */
#define AUTH_WITHHELD "(withheld: it repeats a secret)"
bool auth_leaks(const struct auth *a, const char *text);

#endif
