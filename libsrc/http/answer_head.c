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

/* The value, without white space around it, of a header with this name. */
static bool
has_name(struct span line, const char *name, struct span *value)
{
	const size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' ||
	    strncasecmp((const char *)line.p, name, n) != 0)
		return false;
	*value = span_trim(span_of(line.p + n + 1, line.n - n - 1));
	return true;
}

static void
read_header(struct answer_head *h, struct span line)
{
	int64_t wait_ms = HTTP_NO_WAIT;
	struct span value;
	size_t n = 0;

	if (has_name(line, "retry-after-ms", &value) ||
	    has_name(line, "x-ms-retry-after-ms", &value)) {
		wait_ms = retry_parse_after_ms(value);
	} else if (has_name(line, "retry-after", &value)) {
		wait_ms = retry_parse_after(value, clock_now());
	} else if (has_name(line, "transfer-encoding", &value)) {
		h->has_body = true;
	} else if (has_name(line, "content-length", &value)) {
		for (size_t i = 0; i < value.n; i++)
			h->has_body |= value.p[i] >= '1' && value.p[i] <= '9';
	} else if (has_name(line, "x-ms-request-id", &value)) {
		while (
		    n < value.n && (isalnum(value.p[n]) || value.p[n] == '-'))
			n++;
		if (n > 0 && n < sizeof(h->id) &&
		    (n == value.n || value.p[n] <= ' ')) {
			memcpy(h->id, value.p, n);
			h->id[n] = '\0';
		}
	} else if (has_name(line, "www-authenticate", &value)) {
		if (value.n > 0 && value.n < sizeof(h->challenge)) {
			memcpy(h->challenge, value.p, value.n);
			h->challenge[value.n] = '\0';
		}
	}
	/* If several headers ask for a wait, the longest wait counts. */
	if (wait_ms > h->wait_ms)
		h->wait_ms = wait_ms;
}

bool
answer_head_add_line(struct answer_head *h, struct span line, long status)
{
	const size_t bytes = h->bytes + line.n;

	h->bytes = bytes;
	if (bytes > HTTP_HEADERS_MAX)
		return false;
	/* Forget the headers of an interim answer, such as 100 Continue. */
	if (span_starts(line, SPAN("HTTP/"))) {
		answer_head_reset(h);
		h->bytes = bytes;
		h->version_1 = span_starts(line, SPAN("HTTP/1."));
	} else if (span_eq(line, SPAN("\r\n")) || span_eq(line, SPAN("\n"))) {
		h->odd = (status == 204 && h->has_body) || !h->version_1 ||
			 status < 100 || status > 599;
		h->whole = !h->odd;
	} else {
		read_header(h, line);
	}
	return !h->odd;
}
