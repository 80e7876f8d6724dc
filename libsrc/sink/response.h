/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handling of a server's response that all remote sinks share.
 */
#ifndef SINK_RESPONSE_H
#define SINK_RESPONSE_H

#include "sink/sink.h"

#define RESPONSE_MESSAGE_MAX 300

/* Returns the verdict on a request that got no answer. */
struct sink_verdict response_unanswered(const struct http_answer *answer);

/* Write the server's error message for the user: code and message of a JSON
 * error object, else the body, else the reason why there is no answer.
 * Printable ASCII only. */
void response_message(
    const struct http_answer *answer, char out[RESPONSE_MESSAGE_MAX]);

#endif
