/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens for a service that trusts Microsoft Entra ID.
 *
 * This module keeps one token, decides when to renew it, writes the requests
 * for a new one and reads their answers. The caller sends them: the module
 * opens no connection and never waits. Secrets and tokens never appear in a
 * message.
 *
 * Each token has a generation number, so that a 401 for an old token does not
 * discard its successor.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/leak.h"
#include "auth/setting.h"
#include "auth/step.h"
#include "util/buf.h"
#include "util/err.h"

struct auth;

/* WHY_USAGE if the options are incomplete or not valid. auth_destroy() takes
 * NULL. */
enum rc auth_create(
    const struct auth_options *options, struct auth **ap, struct err *e);
void auth_destroy(struct auth *a);

/* The name of the flow that the options choose: their method or, without one,
 * the first flow whose settings are present. WHY_USAGE for an unknown method,
 * or if no flow is configured. */
enum rc auth_choose_method(
    const struct auth_options *options, const char **name, struct err *e);

/* List the settings that the chosen flow needs and the options lack. Returns
 * their number. */
size_t auth_missing(
    const struct auth_options *options, enum auth_setting out[AUTH_SETTINGS]);

/* The token if it is still valid, else NULL. `now`: seconds of a monotonic
 * clock. */
const char *auth_token(const struct auth *a, int64_t now);
unsigned auth_generation(const struct auth *a);

/* Set `out` to the Authorization header with the token, ended by a NUL. */
enum rc auth_put_header(const struct auth *a, struct buf *out, struct err *e);

/* Record that the service accepted or refused the token of this generation.
 * auth_token_refused() returns true if a new token is to be fetched, false if
 * the refused token itself replaced a refused token and was never accepted. */
void auth_token_accepted(struct auth *a, unsigned generation);
bool auth_token_refused(struct auth *a, unsigned generation);

/* --- renewal ------------------------------------------------------------- */

/* True if a new token is to be fetched. The old token stays in use until the
 * new one has arrived. */
bool auth_renewal_is_due(const struct auth *a, int64_t now);

/* The next step on the way to a new token; valid until the next call.
 * WHY_DENIED if a token cannot be obtained. */
enum rc auth_renewal_request(
    struct auth *a, struct auth_step *out, struct err *e);

/* Read the answer to a step. RC_OK: there is a new token, or another step is
 * needed (auth_renewal_is_due() is still true). RC_RETRY: try again later,
 * after at least auth_renewal_wait_ms(). WHY_DENIED: the authority refuses. */
enum rc auth_renewal_answer(struct auth *a, const struct http_answer *answer,
    int64_t now, struct err *e);
int64_t auth_renewal_wait_ms(const struct auth *a);

/* True if a text from outside contains the token or a secret, or a part of one,
 * in any encoding that leak_contains() finds. */
bool auth_leaks(const struct auth *a, const char *text);

#endif
