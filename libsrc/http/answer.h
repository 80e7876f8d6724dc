/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to one request.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stdint.h>

#include "util/span.h"

enum http_fate {
	HTTP_ANSWERED, /* a complete answer: status and body */
	HTTP_UNSENT, /* the request was not sent completely and had no effect */
	/* The request was sent, but without a complete answer: its effect is
	 * unknown. */
	HTTP_LOST,
	/* The request can never be sent, for example because of TLS or an
	 * invalid address. */
	HTTP_REFUSED,
};

#define HTTP_NO_WAIT (-1)
#define HTTP_ID_MAX 64
#define HTTP_CHALLENGE_MAX 512

struct http_answer {
	enum http_fate fate;
	long status; /* HTTP status; 0 if none was received */
	/* Wait that the server asks for in ms, or HTTP_NO_WAIT. */
	int64_t wait_ms;
	/* Body of the answer, truncated to http_options.body_max. */
	struct span body;
	/* Value of x-ms-request-id; "" if it is not a valid id. */
	const char *id;
	/* Value of WWW-Authenticate; "" or NULL if there is none. */
	const char *challenge;
	const char *reason; /* why there is no complete answer; never NULL */
	void *tag;          /* tag of the request */
};

#endif
