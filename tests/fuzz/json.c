/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of JSON that keeps nothing. Readers in use let much pass
 * that others refuse: 007, raw control characters, malformed UTF-8. */
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define DEPTH_MAX 1000U

struct json {
	const uint8_t *p;
	const uint8_t *end;
	unsigned depth;
};

static bool value(struct json *j);

static bool
take(struct json *j, uint8_t c)
{
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

static void
blanks(struct json *j)
{
	while (j->p < j->end && strchr(" \t\r\n", *j->p) != NULL && *j->p != 0)
		j->p++;
}

static bool
word(struct json *j, const char *text)
{
	const size_t n = strlen(text);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, text, n) != 0)
		return false;
	j->p += n;
	return true;
}

static size_t
digits(struct json *j)
{
	size_t n = 0;

	for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++)
		n++;
	return n;
}

static bool
number(struct json *j)
{
	(void)take(j, '-');
	if (!take(j, '0') && digits(j) == 0)
		return false;
	if (take(j, '.') && digits(j) == 0)
		return false;
	if (!take(j, 'e') && !take(j, 'E'))
		return true;
	if (!take(j, '+'))
		(void)take(j, '-');
	return digits(j) != 0;
}

static bool
escape(struct json *j)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (j->p == j->end || *j->p == 0)
		return false;
	const uint8_t c = *j->p++;
	if (c != 'u')
		return strchr("\"\\/bfnrt", c) != NULL;
	for (unsigned i = 0; i < 4; i++, j->p++) {
		if (j->p == j->end || *j->p == 0 || strchr(hex, *j->p) == NULL)
			return false;
	}
	return true;
}

/* One character of UTF-8 beyond ASCII (RFC 3629). */
static bool
wide(struct json *j)
{
	static const struct {
		uint8_t from, to, second_from, second_to, more;
	} leads[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 0 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 1 },
		{ 0xe1, 0xec, 0x80, 0xbf, 1 },
		{ 0xed, 0xed, 0x80, 0x9f, 1 },
		{ 0xee, 0xef, 0x80, 0xbf, 1 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 2 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 2 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 2 },
	};
	const uint8_t lead = *j->p++;
	size_t i = 0;

	while (i < 8 && (lead < leads[i].from || lead > leads[i].to))
		i++;
	if (i == 8 || j->p == j->end || *j->p < leads[i].second_from ||
	    *j->p > leads[i].second_to)
		return false;
	j->p++;
	for (unsigned more = leads[i].more; more > 0; more--, j->p++) {
		if (j->p == j->end || (*j->p & 0xc0) != 0x80)
			return false;
	}
	return true;
}

static bool
string(struct json *j)
{
	if (!take(j, '"'))
		return false;
	while (j->p < j->end && *j->p != '"') {
		bool good = *j->p >= 0x20;
		if (*j->p >= 0x80)
			good = wide(j);
		else if (*j->p++ == '\\')
			good = escape(j);
		if (!good)
			return false;
	}
	return take(j, '"');
}

static bool
member(struct json *j)
{
	blanks(j);
	if (!string(j))
		return false;
	blanks(j);
	return take(j, ':') && value(j);
}

/* What stands between brackets, after the first of them. */
static bool
list(struct json *j, uint8_t close, bool (*item)(struct json *j))
{
	blanks(j);
	if (take(j, close))
		return true;
	do {
		if (!item(j))
			return false;
		blanks(j);
	} while (take(j, ','));
	return take(j, close);
}

static bool
value(struct json *j)
{
	bool good = false;

	blanks(j);
	if (j->p == j->end || ++j->depth > DEPTH_MAX)
		return false;
	switch (*j->p) {
	case '{':
		j->p++;
		good = list(j, '}', member);
		break;
	case '[':
		j->p++;
		good = list(j, ']', value);
		break;
	case '"':
		good = string(j);
		break;
	default:
		good = word(j, "true") || word(j, "false") || word(j, "null") ||
		       number(j);
	}
	j->depth--;
	return good;
}

bool
fuzz_json_valid(struct span text)
{
	struct json j = { text.p, text.p + text.n, 0 };

	if (text.n == 0 || !value(&j))
		return false;
	blanks(&j);
	return j.p == j.end;
}
