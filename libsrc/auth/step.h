/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step on the way to a token: a request to send, or a command to run.
 */
#ifndef AUTH_STEP_H
#define AUTH_STEP_H

#include "http/http.h"

struct auth_step {
	struct http_request http; /* to be sent, if argv is NULL */
	/* The command: argv[0] is an absolute path. Its exit status and output
	 * become the status and body of the answer (auth/command.h). */
	const char *const *argv;
};

#endif
