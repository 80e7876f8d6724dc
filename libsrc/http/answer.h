/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came back for one request.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stdint.h>

#include "util/span.h"

enum http_fate {
	HTTP_ANSWERED, /* a whole answer: status and body */
	HTTP_UNSENT,   /* the request did not go out whole: nothing happened */
	HTTP_LOST,     /* it went out, and no whole answer came */
	HTTP_REFUSED,  /* this can never work: TLS, a bad address */
};

#define HTTP_NO_WAIT (-1)
#define HTTP_ID_MAX 64
#define HTTP_CHALLENGE_MAX 512

struct http_answer {
	enum http_fate fate;
	long status;           /* 0 if none came */
	int64_t wait_ms;       /* what the server asks for, or HTTP_NO_WAIT */
	struct span body;      /* cut at a named maximum */
	const char *id;        /* x-ms-request-id, "" if none that is an id */
	const char *challenge; /* WWW-Authenticate, "" if none; may be NULL */
	const char *reason;    /* why there is no answer; never NULL */
	void *tag;             /* the request's */
};

#endif
