/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an answer, line by line: what the service asks for, and whether
 * it can be an answer of the service at all.
 */
#ifndef HTTP_ANSWER_HEAD_H
#define HTTP_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "http/answer.h"

struct answer_head {
	size_t bytes;    /* of all lines, interim heads included */
	int64_t wait_ms; /* the longest that is asked for, or HTTP_NO_WAIT */
	bool whole;      /* the empty line at its end was there */
	bool has_body;   /* it announces one */
	bool version_1;  /* its status line is of HTTP/1.0 or 1.1 */
	bool odd;        /* it cannot be an answer of the service */
	char id[HTTP_ID_MAX]; /* x-ms-request-id, "" if none that is an id */
	char challenge[HTTP_CHALLENGE_MAX]; /* WWW-Authenticate, cut */
};

void answer_head_reset(struct answer_head *h);

/* Take the next line, with its line end; status is that of the last status
 * line. False if there is nothing to wait for: the head is longer than
 * HTTP_HEADERS_MAX, or odd. Odd is what HTTP/1 does not have (another version,
 * a status outside 100 to 599) and a 204 that announces a body. */
bool answer_head_add_line(struct answer_head *h, struct span line, long status);

#endif
