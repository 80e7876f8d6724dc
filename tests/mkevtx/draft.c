/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "draft.h"
#include "keyword.h"
#include "text.h"

static size_t
skip_blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	return i;
}

static size_t
trim_end(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n;
}

/* "NAME[:TYPE] = VALUE" or "... ?= CHOICES"; false if there is no "=". */
static bool
split_field(struct draft_line *l, size_t n)
{
	const char *const s = l->text;
	size_t at = 0;

	while (at < n && s[at] != '=')
		at += s[at] == '\\' ? 2 : 1;
	if (at >= n)
		return false;
	l->pick = at > 0 && s[at - 1] == '?';
	const size_t left = trim_end(s, at - (l->pick ? 1 : 0));
	size_t colon = 0;

	while (colon < left && s[colon] != ':')
		colon += s[colon] == '\\' ? 2 : 1;
	colon = colon < left ? colon : left;
	l->name = s;
	l->name_n = trim_end(s, colon);
	if (colon < left) {
		l->type = s + colon + 1;
		l->type_n = left - colon - 1;
	}
	const size_t blanks = skip_blanks(s + at + 1, n - at - 1);
	l->value = s + at + 1 + blanks;
	l->value_n = n - at - 1 - blanks;
	return true;
}

static void
split_keyword(struct draft_line *l, size_t n)
{
	size_t i = 0;

	while (i < n && l->text[i] != ' ' && l->text[i] != '\t')
		i++;
	l->name = l->text;
	l->name_n = i;
	i += skip_blanks(l->text + i, n - i);
	l->value = l->text + i;
	l->value_n = n - i;
}

static void
parse(struct draft_line *l, size_t n)
{
	if (l->text[0] == '<') {
		l->kind = DRAFT_TAG;
		l->value = l->text;
		l->value_n = n;
		return;
	}
	split_keyword(l, n);
	if (keyword_is(l->name, l->name_n) &&
	    (l->value_n == 0 || strchr("=?:", *l->value) == NULL))
		return;
	l->kind = DRAFT_FIELD;
	if (!split_field(l, n))
		buf_die(2, "neither keyword nor NAME = VALUE: %s", l->text);
}

void
draft_add(struct draft *d, const char *s, size_t n)
{
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 32 : d->cap * 2;
		d->lines = realloc(d->lines, d->cap * sizeof(*d->lines));
		if (d->lines == NULL)
			buf_die(1, "out of memory");
	}
	struct draft_line *const l = &d->lines[d->n++];
	*l = (struct draft_line){ .text = malloc(n + 1) };
	if (l->text == NULL)
		buf_die(1, "out of memory");
	memcpy(l->text, s, n);
	l->text[n] = '\0';
	parse(l, n);
}

void
draft_clear(struct draft *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->lines[i].text);
	d->n = 0;
}

void
draft_reset(struct draft *d)
{
	draft_clear(d);
	free(d->lines);
	node_arena_reset(&d->arena);
	buf_free(&d->vals.bytes);
}

/* What real events of such a provider have in Execution and Correlation. */
static void
origin(struct draft *d, struct event *e)
{
	const uint64_t r = rng_next(d->rng);

	e->pid = e->style == EVENT_REALTIME ? 692 : 1108;
	e->tid = 4 * (100 + (uint32_t)(r & 0x7ff));
	e->has_activity = e->style == EVENT_REALTIME && (r >> 60) < 5;
	if (!e->has_activity)
		return;
	for (size_t i = 0; i < 16; i++)
		e->activity[i] =
		    (uint8_t)((r * 0x9e3779b97f4a7c15U) >> (8 * (i % 8)));
}

static void
start(struct draft *d, const struct draft_base *base)
{
	struct event *const e = &d->event;

	*e = (struct event){ .vals = &d->vals };
	e->time = base->time;
	e->record = base->record;
	if (base->known != NULL) {
		catalog_system(base->known, e);
		origin(d, e);
	}
	e->computer = base->computer;
	if (base->channel.bytes > 0)
		e->channel = base->channel;
	vals_reset(&d->vals);
	d->drop_catalog = 0;
	if (!d->keep)
		node_arena_reset(&d->arena);
}

const struct event *
draft_make(struct draft *d, const struct draft_base *base)
{
	struct event *const e = &d->event;

	start(d, base);
	for (size_t i = 0; i < d->n; i++)
		if (d->lines[i].kind == DRAFT_KEYWORD)
			keyword_apply(d, &d->lines[i]);
	if ((e->odd & EVENT_LATE) != 0)
		d->keep = true;
	fill_scene(d->fill, d->rng, e);
	body_make(d, d->drop_catalog != 0 ? NULL : base->known);
	if (base->known != NULL && e->user_bytes == 0)
		catalog_user(base->known, d->fill, e);
	return e;
}
