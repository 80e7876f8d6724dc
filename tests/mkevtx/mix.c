/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "mix.h"
#include "text.h"

#define ROUND_MAX 10000000U
#define BYTES_AN_EVENT 700U /* a guess, to spread times over a size */

struct mix {
	const struct catalog_event **round;
	size_t n;
	struct event_text *computers;
	size_t computer_count;
	struct event_text channel;
	struct node_arena arena;
};

static void
add(struct mix *m, const struct catalog_event *ce, uint64_t count)
{
	if (count > ROUND_MAX - m->n)
		buf_die(2, "--events: more than %u in a round", ROUND_MAX);
	const size_t n = m->n + (size_t)count;
	m->round = realloc(m->round, (n + 1) * sizeof(*m->round));
	if (m->round == NULL)
		buf_die(1, "out of memory");
	while (m->n < n)
		m->round[m->n++] = ce;
}

/* "4624", "4624:100", "Sysmon:1", "Sysmon:1:5", "all", "all:3". */
static void
add_item(struct mix *m, const struct catalog *c, const char *s, size_t n)
{
	const bool digit = s[0] >= '0' && s[0] <= '9';
	const bool all = n >= 3 && memcmp(s, "all", 3) == 0;
	const char *colon = memchr(s, ':', n);
	uint64_t count = 1;

	if (!digit && !all && colon != NULL)
		colon = memchr(colon + 1, ':', n - (size_t)(colon + 1 - s));
	if (colon != NULL) {
		count = strtoull(colon + 1, NULL, 10);
		n = (size_t)(colon - s);
	}
	if (all) {
		for (const struct catalog_event *e = c->events; e != NULL;
		     e = e->next)
			add(m, e, count);
		return;
	}
	const struct catalog_event *const ce = catalog_find(c, s, n);
	if (ce == NULL)
		buf_die(2, "unknown event: %.*s (see --help)", (int)n, s);
	add(m, ce, count);
}

static struct event_text
units(struct mix *m, const char *s, size_t n)
{
	struct buf b = { 0 };

	text_units(&b, s, n);
	const struct node *const kept =
	    node_new(&m->arena, NODE_TEXT, b.p, b.n);
	buf_free(&b);
	return (struct event_text){ kept->text, kept->bytes };
}

static void
each(const char *list, struct mix *m, const struct catalog *c)
{
	while (*list != '\0') {
		const size_t n = strcspn(list, ",");

		if (c != NULL) {
			add_item(m, c, list, n);
		} else {
			m->computers = realloc(m->computers,
			    (m->computer_count + 1) * sizeof(*m->computers));
			if (m->computers == NULL)
				buf_die(1, "out of memory");
			m->computers[m->computer_count++] = units(m, list, n);
		}
		list += n + (list[n] == ',' ? 1 : 0);
	}
}

static void
shuffle(struct mix *m, struct rng *rng)
{
	for (size_t i = m->n; i > 1; i--) {
		const size_t k = (size_t)rng_below(rng, i);
		const struct catalog_event *const t = m->round[i - 1];

		m->round[i - 1] = m->round[k];
		m->round[k] = t;
	}
}

static void
odd_lines(struct draft *d, const char *lines)
{
	draft_clear(d);
	while (*lines != '\0') {
		const size_t n = strcspn(lines, "\n");

		draft_add(d, lines, n);
		lines += n + 1;
	}
}

static uint64_t
expected(const struct options *o, const struct mix *m)
{
	if (o->count > 0)
		return o->count;
	if (o->size > 0)
		return o->size / BYTES_AN_EVENT + 1;
	return m->n;
}

/* Times rise evenly, with some irregularity, and never fall. */
static uint64_t
time_of(const struct options *o, struct rng *rng, uint64_t i, uint64_t n)
{
	const uint64_t step = (o->end - o->start) / n;
	const uint64_t at = i < n ? i * step : o->end - o->start - 1;

	return o->start + at + (i < n && step > 0 ? rng_below(rng, step) : 0);
}

static bool
enough(const struct options *o, const struct mix *m, const struct writer *w,
    uint64_t i)
{
	if (o->count > 0 && i >= o->count)
		return true;
	if (o->size > 0)
		return writer_size(w) >= o->size;
	return o->count == 0 && i >= m->n;
}

static void
run(const struct options *o, struct mix *m, struct draft *d, struct writer *w,
    const char *lines)
{
	const uint64_t n = expected(o, m);

	for (uint64_t i = 0; !enough(o, m, w, i); i++) {
		if (i % m->n == 0)
			shuffle(m, d->rng);
		if (*lines != '\0' && o->odd_every > 1) {
			if (i % o->odd_every == o->odd_every - 1)
				odd_lines(d, lines);
			else
				draft_clear(d);
		}
		const struct draft_base base = {
			.known = m->round[i % m->n],
			.computer =
			    m->computers[rng_below(d->rng, m->computer_count)],
			.channel = m->channel,
			.time = time_of(o, d->rng, i, n),
			.record = writer_next_record(w),
		};
		writer_add(w, draft_make(d, &base));
	}
}

void
mix_run(const struct options *o, struct draft *d, struct writer *w,
    const char *lines)
{
	struct mix m = { 0 };

	each(o->events == NULL ? "all" : o->events, &m, d->catalog);
	each(o->computers == NULL ? "DC01.corp.example" : o->computers, &m,
	    NULL);
	if (m.n == 0 || m.computer_count == 0)
		buf_die(2, "--events and --computer must not be empty");
	if (o->channel != NULL)
		m.channel = units(&m, o->channel, strlen(o->channel));
	if (*lines != '\0')
		odd_lines(d, lines);
	run(o, &m, d, w, lines);
	free(m.round);
	free(m.computers);
	node_arena_reset(&m.arena);
}
