/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "text.h"

static void *
zeroed(size_t n, size_t size)
{
	void *const p = calloc(n, size);

	if (p == NULL)
		buf_die(1, "out of memory");
	return p;
}

static size_t
upto(const char *s, size_t n, char stop)
{
	size_t i = 0;

	while (i < n && s[i] != stop)
		i += s[i] == '\\' ? 2 : 1;
	return i < n ? i : n;
}

static struct event_text
keep_text(struct node_arena *a, const char *ascii)
{
	if (ascii == NULL)
		return (struct event_text){ 0 };
	const struct node *const n = node_ascii(a, NODE_TEXT, ascii);
	return (struct event_text){ n->text, n->bytes };
}

void
catalog_choice(struct catalog_choice *out, struct value_type type,
    const char *text, size_t n)
{
	struct buf b = { 0 };

	*out = (struct catalog_choice){ .generator = FILL_NONE };
	if (n > 1 && text[0] == '@') {
		out->generator = fill_find(text + 1, n - 1);
		return;
	}
	value_parse(&b, type, text, n);
	out->bytes = b.p;
	out->n = b.n;
}

static void
add_choices(struct catalog_field *f, const char *text, size_t n)
{
	size_t count = 1;

	for (size_t i = upto(text, n, '|'); i < n;
	     i += 1 + upto(text + i + 1, n - i - 1, '|'))
		count++;
	f->choices = zeroed(count, sizeof(*f->choices));
	f->n = count;
	for (size_t i = 0; i < count; i++) {
		const size_t len = upto(text, n, '|');

		catalog_choice(&f->choices[i], f->type, text, len);
		text += len + (len < n ? 1 : 0);
		n -= len + (len < n ? 1 : 0);
	}
}

/* One line "Name:type=choices". */
static void
add_field(
    struct catalog *c, struct catalog_field *f, const char *line, size_t n)
{
	const size_t colon = upto(line, n, ':');
	const size_t equals = upto(line, n, '=');
	char *const name = zeroed(colon + 1, 1);

	memcpy(name, line, colon);
	f->name = name;
	f->name_bytes = colon;
	f->type = value_type(line + colon + 1, equals - colon - 1);
	f->type.nul = c->nul && f->type.code == VALUE_STRING;
	add_choices(f, line + equals + 1, n - equals - 1);
}

static struct node *
data_element(
    struct node_arena *a, const struct catalog_field *f, size_t substitution)
{
	struct node *const e = node_ascii(a, NODE_ELEMENT, "Data");
	struct node *const name = node_ascii(a, NODE_ATTRIBUTE, "Name");

	(void)node_add(name, node_ascii(a, NODE_TEXT, f->name));
	(void)node_add(e, name);
	(void)node_add(e,
	    node_substitution(a, (unsigned)substitution, f->type.hint, false));
	return e;
}

static void
build_shape(struct catalog *c, struct catalog_event *ce)
{
	struct node_arena *const a = &c->arena;
	const char *const wrapper = ce->entry->wrapper;
	struct node *const root = node_ascii(
	    a, NODE_ELEMENT, wrapper == NULL ? "EventData" : wrapper);

	if (wrapper != NULL) {
		struct node *const ns = node_ascii(a, NODE_ATTRIBUTE, "xmlns");

		(void)node_add(ns, node_ascii(a, NODE_TEXT, ce->entry->xmlns));
		(void)node_add(root, ns);
	}
	for (size_t i = 0; i < ce->n; i++) {
		const struct catalog_field *const f = &ce->fields[i];

		(void)node_add(root, wrapper == NULL
					 ? data_element(a, f, i)
					 : node_wrap(a, f->name,
					       node_substitution(a, (unsigned)i,
						   f->type.hint, false)));
	}
	ce->shape.root = root;
	node_guid(root, ce->shape.guid);
}

static struct catalog_event *
compile(struct catalog *c, const struct catalog_entry *entry,
    struct catalog_cut cut)
{
	struct catalog_event *const ce = zeroed(1, sizeof(*ce));
	const struct catalog_provider *const p = entry->provider;
	const char *line = entry->fields;
	struct buf guid = { 0 };

	ce->entry = entry;
	ce->version = cut.version;
	ce->n = cut.fields;
	ce->fields = zeroed(cut.fields, sizeof(*ce->fields));
	for (size_t i = 0; i < cut.fields; i++) {
		const size_t n = strcspn(line, "\n");

		if (n == 0)
			buf_die(1, "catalog: %u lacks fields", entry->id);
		add_field(c, &ce->fields[i], line, n);
		line += n + 1;
	}
	build_shape(c, ce);
	ce->provider = keep_text(&c->arena, p->name);
	ce->source = keep_text(&c->arena, p->source);
	ce->channel = keep_text(&c->arena, p->channel);
	value_guid(&guid, p->guid, strlen(p->guid));
	memcpy(ce->guid, guid.p, 16);
	buf_free(&guid);
	if (entry->user != NULL)
		catalog_choice(&ce->user,
		    (struct value_type){ .code = VALUE_SID }, entry->user,
		    strlen(entry->user));
	return ce;
}

static struct catalog_event **
add_table(struct catalog *c, struct catalog_event **end,
    const struct catalog_entry *table)
{
	for (; table->provider != NULL; table++) {
		for (size_t i = 0; i < 3 && table->cut[i].fields > 0; i++) {
			*end = compile(c, table, table->cut[i]);
			end = &(*end)->next;
		}
	}
	return end;
}

void
catalog_init(struct catalog *c, bool nul)
{
	*c = (struct catalog){ .nul = nul };
	(void)add_table(
	    c, add_table(c, &c->events, catalog_security), catalog_other);
}

static void
free_event(struct catalog_event *ce)
{
	for (size_t i = 0; i < ce->n; i++) {
		for (size_t k = 0; k < ce->fields[i].n; k++)
			free(ce->fields[i].choices[k].bytes);
		free(ce->fields[i].choices);
		/* The name was copied by add_field. */
		union {
			const char *c;
			char *p;
		} name = { .c = ce->fields[i].name };
		free(name.p);
	}
	free(ce->fields);
	free(ce->user.bytes);
	free(ce);
}

void
catalog_reset(struct catalog *c)
{
	while (c->events != NULL) {
		struct catalog_event *const next = c->events->next;

		free_event(c->events);
		c->events = next;
	}
	node_arena_reset(&c->arena);
}

const struct catalog_event *
catalog_find(const struct catalog *c, const char *name, size_t n)
{
	const char *const colon = memchr(name, ':', n);
	const size_t alias = colon == NULL ? 0 : (size_t)(colon - name);
	char *end = NULL;
	const struct catalog_event *found = NULL;
	const unsigned long id =
	    strtoul(colon == NULL ? name : colon + 1, &end, 10);
	const long version =
	    *end == 'v' && end < name + n ? strtol(end + 1, NULL, 10) : -1;

	for (const struct catalog_event *e = c->events; e != NULL;
	     e = e->next) {
		const char *const a = e->entry->provider->alias;

		if (e->entry->id != id ||
		    (alias > 0 &&
			(strlen(a) != alias || memcmp(a, name, alias) != 0)))
			continue;
		if (version < 0 || e->version == version)
			found = e;
	}
	return found;
}

void
catalog_system(const struct catalog_event *ce, struct event *e)
{
	const struct catalog_entry *const t = ce->entry;

	e->style = t->provider->style;
	e->provider = ce->provider;
	e->source = ce->source;
	e->channel = ce->channel;
	memcpy(e->guid, ce->guid, 16);
	e->has_guid = true;
	e->id = t->id;
	e->qualifiers = t->qualifiers;
	e->has_qualifiers = t->qualifiers != 0;
	e->version = ce->version;
	e->level = t->level;
	e->task = t->task;
	e->opcode = t->opcode;
	e->keywords = t->keywords;
	e->body = t->wrapper == NULL ? EVENT_DATA : EVENT_USER;
	e->shape = &ce->shape;
}

void
catalog_value(const struct catalog_event *ce, size_t i, struct fill *fill,
    struct rng *rng, struct vals *out)
{
	const struct catalog_field *const f = &ce->fields[i];
	const struct catalog_choice *const c =
	    &f->choices[f->n == 1 ? 0 : rng_below(rng, f->n)];

	if (c->generator == FILL_NONE)
		vals_add(out, f->type.code, c->bytes, c->n);
	else
		fill_value(fill, c->generator, f->type, out);
}

void
catalog_user(const struct catalog_event *ce, struct fill *fill, struct event *e)
{
	static const struct value_type sid = { .code = VALUE_SID };
	struct vals *v = NULL;

	if (ce->entry->user == NULL)
		return;
	if (ce->user.generator == FILL_NONE) {
		memcpy(e->user, ce->user.bytes, ce->user.n);
		e->user_bytes = ce->user.n;
		return;
	}
	v = zeroed(1, sizeof(*v));
	fill_value(fill, ce->user.generator, sid, v);
	memcpy(e->user, v->bytes.p, v->bytes.n);
	e->user_bytes = v->bytes.n;
	buf_free(&v->bytes);
	free(v);
}

static bool
is_length(const struct catalog_field *f)
{
	return f->n == 1 && f->choices[0].generator == fill_length();
}

static void
settle_length(struct vals *v, size_t i, bool nul)
{
	const struct vals_one *const next = &v->one[i + 1];
	const size_t n = next->type == VALUE_STRING
			     ? next->size / 2U - (nul ? 1 : 0)
			     : next->size;

	v->bytes.p[v->one[i].at] = (uint8_t)n;
	v->bytes.p[v->one[i].at + 1] = (uint8_t)(n >> 8);
}

/* Kerberos and NTLM say in Status whether it was a failure. */
static bool
failed(const struct catalog_field *f, const struct vals *v, size_t i)
{
	return f->name_bytes == 6 && memcmp(f->name, "Status", 6) == 0 &&
	       v->one[i].type == VALUE_HEX32 &&
	       buf_get(v->bytes.p + v->one[i].at, 4) != 0;
}

void
catalog_settle(
    const struct catalog_event *ce, struct event *e, struct vals *out)
{
	for (size_t i = 0; i < ce->n && i < out->n; i++) {
		if (is_length(&ce->fields[i]) && i + 1 < out->n &&
		    out->one[i].type == VALUE_UINT16)
			settle_length(out, i, ce->fields[i + 1].type.nul);
		if (failed(&ce->fields[i], out, i))
			e->keywords = 0x8010000000000000U;
	}
}
