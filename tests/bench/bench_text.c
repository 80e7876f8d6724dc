/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long text takes: nanoseconds for one string of each kind and length, by
 * every variant of this machine and through the interface. Strings differ, as
 * in a log: 64 of each kind and length, around that length.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/buf.h"
#include "util/text.h"
#include "util/text_variant.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define STRINGS 64U
#define LONGEST 4000U
#define ROUND_UNITS 600000U
#define ROUNDS 25

enum kind { ASCII, PATHS, CYRILLIC, CJK, KINDS };

static const char *const kind_names[KINDS] = { "ascii", "paths", "cyrillic",
	"cjk" };
static const unsigned lengths[] = { 8, 24, 64, 200, LONGEST };

static struct span strings[STRINGS];
static uint8_t memory[STRINGS][2 * LONGEST];

static unsigned
dice(unsigned below)
{
	static unsigned long long state = 1;

	state = state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(state >> 33) % below;
}

static unsigned
unit(enum kind kind)
{
	if (kind == PATHS && dice(8) == 0)
		return '\\';
	if (kind == CYRILLIC && dice(6) != 0)
		return 0x430 + dice(32);
	if (kind == CJK)
		return 0x4e00 + dice(0x5000);
	return 'a' + dice(26);
}

/* Lengths are up to a fourth shorter. */
static void
fill(enum kind kind, unsigned longest)
{
	for (unsigned i = 0; i < STRINGS; i++) {
		const unsigned n = longest - dice(longest / 4 + 1);
		for (unsigned k = 0; k < n; k++) {
			const unsigned c = unit(kind);
			memory[i][2 * k] = (uint8_t)c;
			memory[i][2 * k + 1] = (uint8_t)(c >> 8);
		}
		strings[i] = span_of(memory[i], 2 * (size_t)n);
	}
}

/* The strings as UTF-8 in the same memory, which is short enough. */
static void
make_utf8(void)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (unsigned i = 0; i < STRINGS; i++) {
		buf_cut(&b, 0);
		text_utf16_utf8(&b, strings[i]);
		if (b.n > sizeof(memory[i]))
			b.n = sizeof(memory[i]) / 3 * 3;
		memcpy(memory[i], b.p, b.n);
		strings[i] = span_of(memory[i], b.n);
	}
	buf_reset(&b);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* The least time of a string over some rounds; convert NULL is the
 * interface. */
static double
measure(text_converter *convert, void (*call)(struct buf *, struct span),
    unsigned length)
{
	const unsigned turns = ROUND_UNITS / (length + 12) / STRINGS + 1;
	double best = 1e18;
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	(void)buf_room(&b, (size_t)1 << 17);
	for (unsigned round = 0; round < ROUNDS; round++) {
		const double start = now();
		for (unsigned i = 0; i < turns * STRINGS; i++) {
			const struct span s = strings[i % STRINGS];
			b.n = 0;
			if (convert != NULL)
				b.n = (size_t)(convert(b.p, s) - b.p);
			else
				call(&b, s);
		}
		const double took = (now() - start) / (turns * STRINGS);
		best = took < best ? took : best;
	}
	buf_reset(&b);
	return best;
}

static void
show(const char *what, enum kind kind, bool utf16)
{
	const struct text_variant *v;

	for (unsigned k = 0; k < COUNT(lengths); k++) {
		fill(kind, lengths[k]);
		if (!utf16)
			make_utf8();
		printf("%s\t%s\t%u", what, kind_names[kind], lengths[k]);
		for (size_t i = 0; utf16 && (v = text_variant(i)) != NULL; i++)
			printf("\t%s %.1f", v->name,
			    measure(v->utf16_json, NULL, lengths[k]));
		printf("\tcall %.1f\n",
		    measure(NULL, utf16 ? text_utf16_json : text_utf8_json,
			lengths[k]));
	}
}

int
main(void)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		show("utf16_json", (enum kind)kind, true);
	for (unsigned kind = 0; kind < KINDS; kind++)
		show("utf8_json", (enum kind)kind, false);
	return EXIT_SUCCESS;
}
