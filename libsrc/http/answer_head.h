/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the status line and headers of an answer line by line: how long the
 * server asks to wait, and whether the service can have sent this answer at
 * all.
 */
#ifndef HTTP_ANSWER_HEAD_H
#define HTTP_ANSWER_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "http/answer.h"

struct answer_head {
	/* Length in bytes of all header lines, including those of interim
	 * answers. */
	size_t bytes;
	/* Longest wait that a header asks for in ms, or HTTP_NO_WAIT. */
	int64_t wait_ms;
	bool whole;     /* all headers were read, up to the empty line */
	bool has_body;  /* the headers announce a body */
	bool version_1; /* the answer's version is HTTP/1.0 or 1.1 */
	bool odd;       /* the answer cannot come from the service */
	/* Value of x-ms-request-id; "" if it is not a valid id. */
	char id[HTTP_ID_MAX];
	/* Value of WWW-Authenticate; "" if there is none. */
	char challenge[HTTP_CHALLENGE_MAX];
};

void answer_head_reset(struct answer_head *h);

/* Read the next line, with its line end; `status` is the status of the last
 * status line. False if the answer must be discarded: its headers exceed
 * HTTP_HEADERS_MAX, or it is odd: not HTTP/1, a status outside 100 to 599, or a
 * 204 that announces a body. */
bool answer_head_add_line(struct answer_head *h, struct span line, long status);

#endif
