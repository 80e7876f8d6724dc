/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "http/answer_head.h"
#include "http/http.h"
#include "http/retry.h"
#include "util/clock.h"

void
answer_head_reset(struct answer_head *h)
{
	memset(h, 0, sizeof(*h));
	h->wait_ms = HTTP_NO_WAIT;
}

static bool
named(struct span line, const char *name, struct span *value)
{
	const size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' ||
	    strncasecmp((const char *)line.p, name, n) != 0)
		return false;
	*value = span_of(line.p + n + 1, line.n - n - 1);
	return true;
}

static void
note_body(struct answer_head *h, struct span line)
{
	struct span value;

	if (named(line, "transfer-encoding", &value)) {
		h->has_body = true;
		return;
	}
	if (!named(line, "content-length", &value))
		return;
	for (size_t i = 0; i < value.n; i++)
		h->has_body |= value.p[i] >= '1' && value.p[i] <= '9';
}

/* The service's name for the request. What is no plain id is dropped. */
static void
note_id(struct answer_head *h, struct span line)
{
	struct span value;
	size_t n = 0;

	if (!named(line, "x-ms-request-id", &value))
		return;
	while (value.n > 0 && value.p[0] == ' ')
		value = span_of(value.p + 1, value.n - 1);
	while (n < value.n && (isalnum(value.p[n]) || value.p[n] == '-'))
		n++;
	if (n == 0 || n >= sizeof(h->id) || (n < value.n && value.p[n] > ' '))
		return;
	memcpy(h->id, value.p, n);
	h->id[n] = '\0';
}

/* The last of several; one that is too long is dropped. */
static void
note_challenge(struct answer_head *h, struct span line)
{
	struct span value;

	if (!named(line, "www-authenticate", &value))
		return;
	while (value.n > 0 && value.p[0] == ' ')
		value = span_of(value.p + 1, value.n - 1);
	while (value.n > 0 && value.p[value.n - 1] <= ' ')
		value.n--;
	if (value.n == 0 || value.n >= sizeof(h->challenge))
		return;
	memcpy(h->challenge, value.p, value.n);
	h->challenge[value.n] = '\0';
}

/* The longest of several. */
static void
note_wait(struct answer_head *h, struct span line)
{
	int64_t ms = HTTP_NO_WAIT;
	struct span value;

	if (named(line, "retry-after-ms", &value) ||
	    named(line, "x-ms-retry-after-ms", &value))
		ms = retry_parse_after_ms(value);
	else if (named(line, "retry-after", &value))
		ms = retry_parse_after(value, clock_now());
	if (ms > h->wait_ms)
		h->wait_ms = ms;
}

static bool
is_odd(const struct answer_head *h, long status)
{
	return (status == 204 && h->has_body) || !h->version_1 ||
	       status < 100 || status > 599;
}

bool
answer_head_add_line(struct answer_head *h, struct span line, long status)
{
	const size_t bytes = h->bytes + line.n;

	h->bytes = bytes;
	if (bytes > HTTP_HEADERS_MAX)
		return false;
	/* A status line begins a head: there may be a 100 before the real. */
	if (span_starts(line, SPAN("HTTP/"))) {
		answer_head_reset(h);
		h->bytes = bytes;
		h->version_1 = span_starts(line, SPAN("HTTP/1."));
	} else if (span_eq(line, SPAN("\r\n")) || span_eq(line, SPAN("\n"))) {
		h->odd = is_odd(h, status);
		h->whole = !h->odd;
	} else {
		note_wait(h, line);
		note_body(h, line);
		note_id(h, line);
		note_challenge(h, line);
	}
	return !h->odd;
}
