/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs an authentication flow without a network: a test inspects its requests
 * and supplies the answers. Clock and folders are the test's.
 */
#ifndef UNIT_FLOWS_H
#define UNIT_FLOWS_H

#include <unistd.h>

#include "auth/auth.h"
#include "tests/unit/helper.h"

#define FLOWS_NOW INT64_C(1800000000)

struct flows {
	struct auth *auth;
	struct auth_options options;
	struct auth_platform platform; /* used by options */
	struct auth_step step;         /* of the last request */
	struct err e;
	char dir[TEMP_MAX];
};

void flows_begin(struct flows *f, const char *method);
void flows_end(struct flows *f);

/* Create the flow, which must succeed, or must be refused with this word. */
void flows_open(struct flows *f);
void flows_refuse(struct flows *f, const char *says);

/* Get the next request; supply an answer to it. */
void flows_ask(struct flows *f);
enum rc flows_answer(struct flows *f, long status, const char *body);
enum rc flows_challenge(struct flows *f, const char *challenge);
enum rc flows_lost(struct flows *f);

/* Whether the request has a header. */
bool flows_has(const struct flows *f, const char *header);

/* A value of the form in the request's body, not decoded; for free(). */
char *flows_field(const struct flows *f, const char *name);

#endif
