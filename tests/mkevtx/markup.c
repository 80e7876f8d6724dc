/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "text.h"

struct node *
markup_at(const struct markup *m)
{
	return m->open[m->depth - 1];
}

static struct node *
make(struct markup *m, enum node_kind kind, const char *s, size_t n)
{
	struct buf units = { 0 };

	text_units(&units, s, n);
	struct node *const made = node_new(m->arena, kind, units.p, units.n);
	buf_free(&units);
	return made;
}

/* The offset of `what` in `s`; ends the program if it is not there. */
static size_t
find(const char *s, size_t n, const char *what)
{
	const char *const at = memmem(s, n, what, strlen(what));

	if (at == NULL)
		buf_die(2, "markup lacks %s: %.*s", what, (int)n, s);
	return (size_t)(at - s);
}

static size_t
reference(struct markup *m, const char *s, size_t n)
{
	const size_t len = find(s, n, ";");

	if (s[1] != '#') {
		(void)node_add(
		    markup_at(m), make(m, NODE_ENTITY, s + 1, len - 1));
		return len + 1;
	}
	const unsigned long c =
	    s[2] == 'x' ? strtoul(s + 3, NULL, 16) : strtoul(s + 2, NULL, 10);
	const uint8_t unit[2] = { (uint8_t)c, (uint8_t)(c >> 8) };
	(void)node_add(markup_at(m), node_new(m->arena, NODE_CHARREF, unit, 2));
	return len + 1;
}

static size_t
cdata(struct markup *m, const char *s, size_t n)
{
	const size_t len = find(s, n, "]]>");

	(void)node_add(markup_at(m), make(m, NODE_CDATA, s + 9, len - 9));
	return len + 3;
}

static size_t
instruction(struct markup *m, const char *s, size_t n)
{
	const size_t len = find(s, n, "?>");
	size_t name = 2;

	while (name < len && s[name] != ' ')
		name++;
	struct node *const pi =
	    node_add(markup_at(m), make(m, NODE_PI, s + 2, name - 2));
	if (name < len) {
		const struct node *const data =
		    make(m, NODE_TEXT, s + name + 1, len - name - 1);

		pi->more = data->text;
		pi->more_bytes = data->bytes;
	}
	return len + 2;
}

static size_t
attribute(struct markup *m, struct node *e, const char *s, size_t n)
{
	const size_t name = find(s, n, "=\"");
	struct node *const a = make(m, NODE_ATTRIBUTE, s, name);
	const char *const v = s + name + 2;
	const size_t len = find(v, n - name - 2, "\"");

	/* An attribute without text would be no value at all. */
	(void)node_add(a, make(m, NODE_TEXT, v, len));
	(void)node_add(e, a);
	return name + 2 + len + 1;
}

static size_t
open_tag(struct markup *m, const char *s, size_t n)
{
	size_t i = 1;

	while (i < n && strchr(" />", s[i]) == NULL)
		i++;
	struct node *const e =
	    node_add(markup_at(m), make(m, NODE_ELEMENT, s + 1, i - 1));
	while (i < n && s[i] != '>' && s[i] != '/') {
		if (s[i] == ' ')
			i++;
		else
			i += attribute(m, e, s + i, n - i);
	}
	const bool empty = i < n && s[i] == '/';
	i += empty ? 1 : 0;
	if (i >= n || s[i] != '>')
		buf_die(2, "tag without end: %.*s", (int)n, s);
	if (!empty) {
		if (m->depth == MARKUP_DEPTH)
			buf_die(2, "elements nested too deep");
		m->open[m->depth++] = e;
	}
	return i + 1;
}

static size_t
close_tag(struct markup *m, const char *s, size_t n)
{
	if (m->depth == 1)
		buf_die(2, "end tag without start: %.*s", (int)n, s);
	m->depth--;
	return find(s, n, ">") + 1;
}

static size_t
plain(struct markup *m, const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] != '<' && s[i] != '&')
		i += s[i] == '\\' ? 2 : 1;
	if (i > n)
		i = n;
	(void)node_add(markup_at(m), make(m, NODE_TEXT, s, i));
	return i;
}

static bool
begins(const char *s, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(s, with, strlen(with)) == 0;
}

void
markup_feed(struct markup *m, const char *s, size_t n)
{
	while (n > 0) {
		size_t used;

		if (begins(s, n, "<![CDATA["))
			used = cdata(m, s, n);
		else if (begins(s, n, "<?"))
			used = instruction(m, s, n);
		else if (begins(s, n, "</"))
			used = close_tag(m, s, n);
		else if (*s == '<')
			used = open_tag(m, s, n);
		else if (*s == '&')
			used = reference(m, s, n);
		else
			used = plain(m, s, n);
		s += used;
		n -= used;
	}
}

static bool
entity(struct buf *units, const struct node *n)
{
	static const char *const known[] = { "lt<", "gt>", "amp&", "quot\"",
		"apos'" };

	for (size_t i = 0; i < 5; i++) {
		struct buf name = { 0 };
		const size_t len = strlen(known[i]) - 1;

		buf_wide(&name, known[i]);
		const bool same = n->bytes == 2 * len &&
				  memcmp(name.p, n->text, n->bytes) == 0;
		buf_free(&name);
		if (same) {
			buf_u16(units, (unsigned char)known[i][len]);
			return true;
		}
	}
	return false;
}

void
markup_resolve(struct buf *units, const struct node *n)
{
	if (n->kind == NODE_TEXT || n->kind == NODE_CDATA ||
	    n->kind == NODE_CHARREF) {
		buf_put(units, n->text, n->bytes);
	} else if (n->kind == NODE_ENTITY && !entity(units, n)) {
		buf_u16(units, '&');
		buf_put(units, n->text, n->bytes);
		buf_u16(units, ';');
	}
}

static void
write_start(struct buf *units, const struct node *n)
{
	buf_u16(units, '<');
	buf_put(units, n->text, n->bytes);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		buf_u16(units, ' ');
		buf_put(units, a->text, a->bytes);
		buf_wide(units, "=\"");
		for (const struct node *k = a->kids; k != NULL; k = k->next)
			markup_resolve(units, k);
		buf_u16(units, '"');
	}
	buf_wide(units, n->kids == NULL ? "/>" : ">");
}

void
markup_write(struct buf *units, const struct node *n)
{
	if (n->kind != NODE_ELEMENT) {
		markup_resolve(units, n);
		return;
	}
	write_start(units, n);
	if (n->kids == NULL)
		return;
	for (const struct node *k = n->kids; k != NULL; k = k->next)
		markup_write(units, k);
	buf_wide(units, "</");
	buf_put(units, n->text, n->bytes);
	buf_u16(units, '>');
}
