/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "sink/response.h"
#include "util/json.h"

struct sink_verdict
response_unanswered(const struct http_answer *answer)
{
	if (answer->fate == HTTP_REFUSED)
		return (struct sink_verdict){ .act = SINK_HALT,
			.hint = "no request was sent: check the address and "
				"--ca-file" };
	return (struct sink_verdict){ .act = SINK_RETRY,
		.ambiguous = answer->fate == HTTP_LOST };
}

/* Replace control characters, bytes outside ASCII and runs of blanks, which
 * could confuse a terminal, by single blanks. */
static void
make_printable(char *s)
{
	char *to = s;

	for (const char *p = s; *p != '\0'; p++) {
		const bool blank = *p <= ' ' || *p > '~';
		if (!blank)
			*to++ = *p;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
}

void
response_message(
    const struct http_answer *answer, char out[RESPONSE_MESSAGE_MAX])
{
	struct cJSON *root = NULL;
	struct err ignored;

	if (answer->fate != HTTP_ANSWERED) {
		/* The reason may quote names from the server's certificate. */
		(void)snprintf(out, RESPONSE_MESSAGE_MAX, "%s", answer->reason);
		make_printable(out);
		return;
	}
	(void)json_parse(answer->body, "it", &root, &ignored);
	const struct cJSON *const error = json_get(root, "error");
	const char *const code = json_text(error, "code");
	const char *const message = json_text(error, "message");
	if (code != NULL || message != NULL)
		(void)snprintf(out, RESPONSE_MESSAGE_MAX, "%s%s%s",
		    code != NULL ? code : "",
		    code != NULL && message != NULL ? ": " : "",
		    message != NULL ? message : "");
	else
		(void)snprintf(out, RESPONSE_MESSAGE_MAX, "%.*s",
		    answer->body.n < RESPONSE_MESSAGE_MAX
			? (int)answer->body.n
			: RESPONSE_MESSAGE_MAX,
		    answer->body.n > 0 ? (const char *)answer->body.p : "");
	json_free(root);
	make_printable(out);
}
