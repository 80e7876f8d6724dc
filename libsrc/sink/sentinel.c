/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "http/url.h"
#include "sink/response.h"
#include "sink/sentinel.h"

/* The documented limit is "1 MB, compressed and uncompressed", which the SDKs
 * of Azure take as 1,000,000 bytes. A body is one byte longer than its lines
 * with their LFs. */
#define BODY_MAX 1000000

/* Make the lines the rest of a JSON array: each LF becomes a comma, the last
 * one the closing bracket. */
static void
frame(uint8_t *lines, size_t n)
{
	uint8_t *const last = lines + n - 1;
	uint8_t *p = lines;

	assert(n > 0 && *last == '\n');
	for (;;) {
		p = memchr(p, '\n', (size_t)(last - p) + 1);
		assert(p != NULL);
		if (p == last)
			break;
		*p++ = ',';
	}
	*last = ']';
}

static bool
is_name(const char *s)
{
	const size_t n = strlen(s);

	return n > 0 && n < 128 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-_") == n;
}

static enum rc
url(const struct sink_address *to, struct buf *out, struct err *e)
{
	bool plain = false;
	const enum rc rc = url_check(to->endpoint, "the endpoint", &plain, e);

	if (rc != RC_OK)
		return rc;
	if (!is_name(to->rule))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the data collection rule must be an immutable id "
		    "(dcr-...): %.60s",
		    to->rule);
	if (!is_name(to->stream))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the stream must be a name of letters, digits, - and _ "
		    "(Custom-...): %.60s",
		    to->stream);
	buf_put(out, url_trim(to->endpoint));
	buf_fmt(out,
	    "/dataCollectionRules/%s/streams/%s?api-version=2023-01-01",
	    to->rule, to->stream);
	return out->full ? buf_fail(out, "the URL of a request", e) : RC_OK;
}

/* The verdicts by status; the first range that contains the status counts. */
static const struct {
	long from, to;
	struct sink_verdict verdict;
} answers[] = {
	{ 204, 204, { .act = SINK_ACK } },
	{ 200, 299, { .act = SINK_RETRY, .ambiguous = true } },
	{ 300, 399,
	    { .act = SINK_HALT,
		.hint = "redirects are not followed: check --endpoint" } },
	{ 400, 400, { .act = SINK_SPLIT } },
	{ 401, 401,
	    { .act = SINK_REFRESH,
		.hint =
		    "the token is not accepted: check that "
		    "AZURE_AUTHORITY_HOST belongs to the endpoint's cloud" } },
	{ 403, 403,
	    { .act = SINK_HALT,
		.settles = true,
		.hint = "give the application the role Monitoring Metrics "
			"Publisher on the data collection rule itself (not on "
			"the workspace); it takes up to 30 minutes to work" } },
	{ 404, 404,
	    { .act = SINK_HALT,
		.settles = true,
		.hint = "check --endpoint (the logsIngestion address of the "
			"rule or of its data collection endpoint), --dcr (the "
			"immutable id dcr-..., not the name) and --stream "
			"(Custom-..., as the rule declares it)" } },
	{ 408, 408, { .act = SINK_RETRY } },
	{ 413, 413, { .act = SINK_SPLIT } },
	{ 429, 429, { .act = SINK_RETRY, .pause = true } },
	{ 501, 501,
	    { .act = SINK_HALT,
		.hint = "not an ingestion endpoint: check --endpoint" } },
	{ 505, 505,
	    { .act = SINK_HALT,
		.hint = "not an ingestion endpoint: check --endpoint" } },
	{ 503, 503, { .act = SINK_RETRY, .pause = true } },
	/* Another part of the service may have stored the batch. */
	{ 500, 599, { .act = SINK_RETRY, .ambiguous = true } },
};

static struct sink_verdict
judge(const struct http_answer *answer)
{
	if (answer->fate != HTTP_ANSWERED)
		return response_unanswered(answer);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (answer->status >= answers[i].from &&
		    answer->status <= answers[i].to)
			return answers[i].verdict;
	return (struct sink_verdict){ .act = SINK_HALT,
		.hint = "the service does not document this status" };
}

static const struct sink_value_limits limits = {
	.field_max = 65536,
	.oldest_s = INT64_C(2) * 24 * 3600,
	.newest_s = INT64_C(24) * 3600,
};

static const struct sink_remote remote = {
	.limits = &limits,
	.content_type = "application/json",
	.before = "[",
	.frame = frame,
	.url = url,
	.judge = judge,
	/* Limits of each data collection rule. */
	.bytes_a_minute = UINT64_C(2000000000),
	.calls_a_minute = 12000,
};

const struct sink sentinel_sink = {
	.name = "sentinel",
	.max_bytes = BODY_MAX - 1,
	.max_records = UINT64_C(1) << 32,
	.remote = &remote,
};
