/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "describe.h"
#include "keyword.h"

struct describe {
	const struct options *o;
	struct draft *d;
	struct writer *w;
	const char *odd;
	struct buf defaults; /* lines, NUL between */
	struct buf computer; /* units of the last `default computer` */

	/* The event whose lines are being read. */
	bool open;
	const struct catalog_event *known;
	uint64_t repeat;
	uint64_t every;
	uint64_t clock;
	bool timed; /* a time line was there */
	uint64_t written;
};

static void
add_lines(struct draft *d, const char *lines)
{
	while (*lines != '\0') {
		const size_t n = strcspn(lines, "\n");

		draft_add(d, lines, n);
		lines += n + (lines[n] == '\n' ? 1 : 0);
	}
}

static void
finish(struct describe *s)
{
	if (!s->open)
		return;
	s->open = false;
	if (*s->odd != '\0' && s->written % s->o->odd_every == 0)
		add_lines(s->d, s->odd);
	for (uint64_t i = 0; i < s->repeat; i++) {
		if (i > 0 || (!s->timed && s->written > 0))
			s->clock += s->every;
		const struct draft_base base = {
			.known = s->known,
			.computer = { s->computer.p, s->computer.n },
			.time = s->clock,
			.record = writer_next_record(s->w),
		};
		writer_add(s->w, draft_make(s->d, &base));
		s->written++;
	}
	draft_clear(s->d);
}

static size_t
word(const char *s)
{
	return strcspn(s, " \t");
}

static const char *
next_word(const char *s)
{
	s += word(s);
	return s + strspn(s, " \t");
}

/* "event [NAME] [xN] [every SPAN]" */
static void
begin(struct describe *s, const char *rest)
{
	finish(s);
	s->open = true;
	s->known = NULL;
	s->repeat = 1;
	s->every = CLOCK_SECOND;
	s->timed = false;
	for (; *rest != '\0'; rest = next_word(rest)) {
		const size_t n = word(rest);

		if (n > 1 && rest[0] == 'x' && rest[1] >= '0' &&
		    rest[1] <= '9') {
			s->repeat = strtoull(rest + 1, NULL, 10);
		} else if (n == 5 && memcmp(rest, "every", 5) == 0) {
			rest = next_word(rest);
			s->every = clock_span(rest, word(rest));
		} else {
			s->known = catalog_find(s->d->catalog, rest, n);
			if (s->known == NULL)
				buf_die(2, "unknown event: %.*s", (int)n, rest);
		}
	}
	if (s->defaults.n > 0)
		add_lines(s->d, (const char *)s->defaults.p);
}

/* "time T" or "time +SPAN" behind the event before. */
static void
set_time(struct describe *s, const char *t)
{
	const size_t n = strlen(t);

	if (*t == '+')
		s->clock += clock_span(t + 1, n - 1);
	else
		s->clock = clock_parse(t, n);
	s->timed = true;
}

static void
add_default(struct describe *s, const char *line)
{
	if (s->defaults.n > 0)
		s->defaults.p[s->defaults.n - 1] = '\n';
	buf_str(&s->defaults, line);
	buf_u8(&s->defaults, 0);
}

static bool
starts(const char *line, const char *with)
{
	const size_t n = strlen(with);

	return strncmp(line, with, n) == 0 &&
	       (line[n] == '\0' || line[n] == ' ' || line[n] == '\t');
}

static void
read_line(struct describe *s, char *line)
{
	size_t n = strlen(line);

	while (n > 0 && strchr("\r\n", line[n - 1]) != NULL)
		line[--n] = '\0';
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return;
	if (starts(line, "event"))
		begin(s, next_word(line));
	else if (starts(line, "default")) {
		finish(s);
		add_default(s, next_word(line));
	} else if (starts(line, "start")) {
		finish(s);
		set_time(s, next_word(line));
	} else if (!s->open)
		buf_die(2, "line outside an event: %s", line);
	else if (starts(line, "time") && next_word(line)[0] != '=')
		set_time(s, next_word(line));
	else
		draft_add(s->d, line, strlen(line));
}

void
describe_run(const struct options *o, struct draft *d, struct writer *w,
    const char *odd_lines)
{
	struct describe s = { .o = o, .d = d, .w = w, .odd = odd_lines };
	const bool in = strcmp(o->describe, "-") == 0;
	FILE *const f = in ? stdin : fopen(o->describe, "rb");
	char *line = NULL;
	size_t cap = 0;

	if (f == NULL)
		buf_die(2, "open %s: %s", o->describe, strerror(errno));
	s.clock = o->start;
	buf_wide(&s.computer,
	    o->computers == NULL ? "DC01.corp.example" : o->computers);
	while (getline(&line, &cap, f) != -1)
		read_line(&s, line);
	finish(&s);
	free(line);
	if (!in)
		(void)fclose(f);
	buf_free(&s.defaults);
	buf_free(&s.computer);
}
