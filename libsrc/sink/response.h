/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all remote sinks do alike with a server's response.
 */
#ifndef SINK_RESPONSE_H
#define SINK_RESPONSE_H

#include "sink/sink.h"

#define RESPONSE_MESSAGE_MAX 300

/* The verdict on a request that got no answer. */
struct sink_verdict response_unanswered(const struct http_answer *answer);

/* The server's error message for the user: code and message of a JSON error
 * object, else the body, else the reason why there is no answer. Printable
 * ASCII only. */
void response_message(
    const struct http_answer *answer, char out[RESPONSE_MESSAGE_MAX]);

#endif
