/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "options.h"

enum {
	O_EVENTS = 256,
	O_DESCRIBE,
	O_COMPUTER,
	O_CHANNEL,
	O_START,
	O_END,
	O_COUNT,
	O_SIZE,
	O_SEED,
	O_ODD,
	O_ODD_EVERY,
	O_EXPECT,
	O_FIRST,
	O_EXPORT,
	O_RAW,
	O_CHUNK
};

static const struct option longs[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ "events", required_argument, NULL, O_EVENTS },
	{ "describe", required_argument, NULL, O_DESCRIBE },
	{ "computer", required_argument, NULL, O_COMPUTER },
	{ "channel", required_argument, NULL, O_CHANNEL },
	{ "start", required_argument, NULL, O_START },
	{ "end", required_argument, NULL, O_END },
	{ "count", required_argument, NULL, O_COUNT },
	{ "size", required_argument, NULL, O_SIZE },
	{ "seed", required_argument, NULL, O_SEED },
	{ "odd", required_argument, NULL, O_ODD },
	{ "odd-every", required_argument, NULL, O_ODD_EVERY },
	{ "expect", required_argument, NULL, O_EXPECT },
	{ "first-record", required_argument, NULL, O_FIRST },
	{ "export-style", no_argument, NULL, O_EXPORT },
	{ "raw-style", no_argument, NULL, O_RAW },
	{ "chunk-limit", required_argument, NULL, O_CHUNK },
	{ NULL, 0, NULL, 0 },
};

/* A number, with K, M, G or T for powers of 1024. */
static uint64_t
number(const char *s)
{
	static const char units[] = "KMGT";
	char *end = NULL;
	uint64_t v = strtoull(s, &end, 10);

	if (end == s || *s == '-')
		buf_die(2, "not a number: %s", s);
	const char *const u = *end == '\0' ? NULL : strchr(units, *end);
	if (u != NULL) {
		v <<= 10 * (u - units + 1);
		end++;
	}
	if (*end != '\0')
		buf_die(2, "not a number: %s", s);
	return v;
}

static void
set_number(struct options *o, int c, const char *s)
{
	switch (c) {
	case O_START:
		o->start = clock_parse(s, strlen(s));
		return;
	case O_END:
		o->end = clock_parse(s, strlen(s));
		return;
	case O_COUNT:
		o->count = number(s);
		return;
	case O_SIZE:
		o->size = number(s);
		return;
	case O_SEED:
		o->seed = number(s);
		return;
	case O_ODD_EVERY:
		o->odd_every = number(s);
		return;
	case O_FIRST:
		o->file.first_record = number(s);
		return;
	case O_CHUNK:
		o->file.limit = (uint32_t)number(s);
		return;
	default:
		return;
	}
}

static void
set(struct options *o, int c, const char *s)
{
	switch (c) {
	case 'o':
		o->file.path = s;
		return;
	case O_EVENTS:
		o->events = s;
		return;
	case O_DESCRIBE:
		o->describe = s;
		return;
	case O_COMPUTER:
		o->computers = s;
		return;
	case O_CHANNEL:
		o->channel = s;
		return;
	case O_ODD:
		o->odd = s;
		return;
	case O_EXPECT:
		o->file.expect = s;
		return;
	case O_EXPORT:
		o->file.exported = true;
		return;
	case O_RAW:
		o->nul = true;
		o->file.headless = true;
		return;
	default:
		set_number(o, c, s);
		return;
	}
}

static void
check(const struct options *o)
{
	if (o->file.path == NULL)
		buf_die(2, "-o FILE is missing (see --help)");
	if (o->events != NULL && o->describe != NULL)
		buf_die(2, "--events or --describe, not both");
	if (o->end <= o->start)
		buf_die(2, "--end is not after --start");
	if (o->odd_every == 0)
		buf_die(2, "--odd-every 0");
	if (o->file.limit != 0 &&
	    (o->file.limit < 4096 || o->file.limit > 65536))
		buf_die(2, "--chunk-limit is 4096 to 65536");
}

void
options_parse(struct options *o, int argc, char **argv)
{
	static const char start[] = "2024-05-01T00:00:00Z";

	*o = (struct options){ .seed = 1, .odd_every = 1 };
	o->file.first_record = 1;
	o->start = clock_parse(start, strlen(start));
	while (true) {
		const int c = getopt_long(argc, argv, "o:h", longs, NULL);

		if (c == -1)
			break;
		if (c == '?')
			exit(2);
		if (c == 'h') {
			options_help();
			exit(0);
		}
		set(o, c, optarg);
	}
	if (optind < argc)
		buf_die(2, "unexpected operand: %s", argv[optind]);
	if (o->end == 0)
		o->end = o->start + 86400ULL * CLOCK_SECOND;
	check(o);
}
