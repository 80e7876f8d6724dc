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
	HTTP_UNSENT,   /* not sent completely: it had no effect */
	HTTP_LOST,     /* sent, without a complete answer: effect unknown */
	HTTP_REFUSED,  /* it can never be sent: TLS, an invalid address */
};

#define HTTP_NO_WAIT (-1)
#define HTTP_ID_MAX 64
#define HTTP_CHALLENGE_MAX 512

struct http_answer {
	enum http_fate fate;
	long status;           /* 0 if none was received */
	int64_t wait_ms;       /* that the server asks for, or HTTP_NO_WAIT */
	struct span body;      /* truncated to a maximum */
	const char *id;        /* x-ms-request-id; "" if it is not an id */
	const char *challenge; /* WWW-Authenticate; "" or NULL if none */
	const char *reason;    /* why there is no answer; never NULL */
	void *tag;             /* of the request */
};

#endif
