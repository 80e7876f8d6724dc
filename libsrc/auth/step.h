/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step on the way to a token: a request to send, or a command to run.
 */
#ifndef AUTH_STEP_H
#define AUTH_STEP_H

#include "http/http.h"

struct auth_step {
	struct http_request http; /* the request to send if argv is NULL */
	/* The command to run, see command_start(). Its result becomes the
	 * answer, see command_answer(). */
	const char *const *argv;
};

#endif
