/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a server sends: Retry-After in all its forms, and an answer, on
 * which there must be a verdict. The input is two bytes of status, one byte of
 * fate, and a text that is used as the header's value and as the body.
 */
#include <string.h>

#include "http/retry.h"
#include "sink/response.h"
#include "sink/sentinel.h"
#include "sink/sink.h"
#include "tests/fuzz/fuzz.h"

static void
check_wait(int64_t ms)
{
	FUZZ_NEED(ms == HTTP_NO_WAIT || (ms >= 0 && ms <= RETRY_MAX_MS));
}

static void
check_waits(struct span text)
{
	static const int64_t now[] = { 0, 1700000000, INT64_C(1) << 40 };

	for (size_t i = 0; i < sizeof(now) / sizeof(*now); i++)
		check_wait(retry_parse_after(text, now[i]));
	check_wait(retry_parse_after_ms(text));
	FUZZ_NEED(retry_parse_date(text) >= -1);
}

static void
check_verdict(const struct http_answer *a, const struct sink *sink)
{
	const struct sink_verdict v = sink->remote->judge(a);

	/* Only status 204 means that the batch is stored. */
	FUZZ_NEED((v.act == SINK_ACK) ==
		  (a->fate == HTTP_ANSWERED && a->status == 204));
	FUZZ_NEED(a->fate != HTTP_LOST || v.ambiguous);
	FUZZ_NEED(v.act != SINK_HALT || v.hint != NULL);
}

static void
check_words(const struct http_answer *a)
{
	char words[RESPONSE_MESSAGE_MAX];

	memset(words, 'x', sizeof(words));
	response_message(a, words);
	FUZZ_NEED(memchr(words, '\0', sizeof(words)) != NULL);
	for (const char *p = words; *p != '\0'; p++)
		FUZZ_NEED(*p >= ' ' && *p <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum http_fate fates[] = { HTTP_ANSWERED, HTTP_UNSENT,
		HTTP_LOST, HTTP_REFUSED };

	if (size < 3)
		return 0;
	const struct http_answer a = {
		.fate = fates[data[2] % 4],
		.status = data[0] | (long)data[1] << 8,
		.wait_ms = HTTP_NO_WAIT,
		.body = span_of(data + 3, size - 3),
		.reason = "no \x1b[31m reason",
	};
	check_waits(a.body);
	check_verdict(&a, &sentinel_sink);
	check_words(&a);
	return 0;
}
