/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "sink/sink.h"
#include "util/json.h"

static const struct sink *const sinks[] = { &sink_sqlite, &sink_sentinel };

const struct sink *
sink_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++)
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	return NULL;
}

struct sink_verdict
sink_unanswered(const struct http_answer *answer)
{
	if (answer->fate == HTTP_REFUSED)
		return (struct sink_verdict){ .act = SINK_HALT,
			.hint = "no request was sent: check the address and "
				"--ca-file" };
	return (struct sink_verdict){ .act = SINK_RETRY,
		.ambiguous = answer->fate == HTTP_LOST };
}

static void
from_error(const struct cJSON *root, char out[SINK_WORDS])
{
	const struct cJSON *const error = json_get(root, "error");
	const char *const code = json_text(error, "code");
	const char *const message = json_text(error, "message");

	if (code != NULL || message != NULL)
		(void)snprintf(out, SINK_WORDS, "%s%s%s",
		    code != NULL ? code : "",
		    code != NULL && message != NULL ? ": " : "",
		    message != NULL ? message : "");
}

/* Nothing that could hurt a terminal, and no runs of blanks. */
static void
tidy(char *s)
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
sink_words(const struct http_answer *answer, char out[SINK_WORDS])
{
	struct cJSON *root = NULL;
	struct err e;

	if (answer->fate != HTTP_ANSWERED) {
		/* It may hold names out of a certificate. */
		(void)snprintf(out, SINK_WORDS, "%s", answer->reason);
		tidy(out);
		return;
	}
	(void)snprintf(out, SINK_WORDS, "%.*s",
	    answer->body.n < SINK_WORDS ? (int)answer->body.n : SINK_WORDS,
	    answer->body.n > 0 ? (const char *)answer->body.p : "");
	if (json_parse(answer->body, "it", &root, &e) == RC_OK)
		from_error(root, out);
	json_free(root);
	tidy(out);
}
