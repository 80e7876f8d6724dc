/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/name_check.h"
#include "evtx/template_codec.h"
#include "util/buf.h"
#include "util/le.h"

#define NODES_MAX ((size_t)4 << 20)

/* Bytes of the nodes of templates that are looked at for one chunk. What is
 * damaged beyond is refused, as beyond NAME_FIXES_MAX. */
#define LOOKED_MAX ((size_t)16 << 20)
#define HASH_AT 4U
#define LENGTH_AT 6U

/* The names of which an event is made, but for its data. */
static const char *const system_names[] = { "Event", "xmlns", "System",
	"Provider", "Name", "Guid", "EventSourceName", "EventID", "Qualifiers",
	"Version", "Level", "Task", "Opcode", "Keywords", "TimeCreated",
	"SystemTime", "EventRecordID", "Correlation", "ActivityID",
	"RelatedActivityID", "Execution", "ProcessID", "ThreadID",
	"ProcessorID", "SessionID", "KernelTime", "UserTime", "ProcessorTime",
	"Channel", "Computer", "Security", "UserID", "EventData", "UserData",
	"Data" };

/* A damaged name, and the name that it may have been. */
struct search {
	struct name_check *check;
	size_t offset;
	uint16_t hash;
	uint16_t units;
	struct name_fix found;
	unsigned n; /* different names that fit */
};

void
name_check_init(struct name_check *n)
{
	memset(n, 0, sizeof(*n));
	arena_init(&n->nodes, NODES_MAX);
}

void
name_check_free(struct name_check *n)
{
	arena_free(&n->nodes);
}

void
name_check_start(struct name_check *n, const struct chunk *c)
{
	n->chunk = c->bytes;
	n->believes = chunk_verified_end(c) != 0;
	n->unsealed = c->no_crc;
	n->known = NULL;
	n->guid = NULL;
	n->n_fixes = 0;
	n->n_name_mismatches = 0;
	n->used = 0;
	n->refused = 0;
	n->doubted = 0;
	n->unhashed = false;
	n->looked = 0;
}

uint16_t
name_check_hash(struct span chars)
{
	uint32_t h = 0;

	for (size_t i = 0; i + 1 < chars.n; i += 2)
		h = h * 65599 + le_u16(chars.p + i);
	return (uint16_t)h;
}

/* The same for text in ASCII. */
static uint16_t
hash_of(struct span text)
{
	uint32_t h = 0;

	for (size_t i = 0; i < text.n; i++)
		h = h * 65599 + text.p[i];
	return (uint16_t)h;
}

/* Whether the characters at the name's place are these, with a NUL behind. */
static bool
has_chars(const struct search *s, struct span text)
{
	const uint8_t *const p = s->check->chunk.p + s->offset + NAME_HEAD;

	for (size_t i = 0; i < text.n; i++) {
		if (le_u16(p + 2 * i) != text.p[i])
			return false;
	}
	return le_u16(p + 2 * text.n) == 0;
}

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == 0 || text.p[i] >= 0x80)
			return false;
	}
	return text.n != 0;
}

/* Two of hash, length and characters agree with the name. */
static void
try_name(struct search *s, struct span text)
{
	const size_t left = s->check->chunk.n - s->offset - NAME_HEAD;

	if (text.n > NAME_FIX_CHARS || 2 * text.n + 2 > left || !is_ascii(text))
		return;
	const bool hash = hash_of(text) == s->hash;
	const bool units = text.n == s->units;
	if (!(hash && units) && !((hash || units) && has_chars(s, text)))
		return;
	if (s->n != 0 && span_eq(span_str(s->found.text), text))
		return;
	s->n++;
	s->found.hash = hash_of(text);
	s->found.units = (uint16_t)text.n;
	memcpy(s->found.text, text.p, text.n);
	s->found.text[text.n] = '\0';
}

static void
try_nodes(struct search *s, const struct node *n)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_ELEMENT || n->kind == NODE_ATTRIBUTE)
			try_name(s, n->name);
		try_nodes(s, n->attrs);
		try_nodes(s, n->kids);
	}
}

/* The names of the template, as other chunks have it. */
static void
try_template(struct search *s)
{
	const struct name_check *const n = s->check;
	const struct template_entry *item = NULL;

	if (n->known == NULL || n->guid == NULL)
		return;
	while ((item = template_catalog_find(
		    n->known, le_u32(n->guid), item)) != NULL) {
		if (memcmp(item->guid, n->guid, TEMPLATE_GUID_BYTES) != 0)
			continue;
		if (n->looked > LOOKED_MAX)
			return;
		arena_reset(&s->check->nodes);
		try_nodes(s, template_codec_read(item->text, &s->check->nodes));
		s->check->looked += s->check->nodes.used;
	}
}

static bool
repair(struct name_check *n, size_t offset, bool here)
{
	struct search s = { .check = n, .offset = offset };

	s.hash = (uint16_t)le_u16(n->chunk.p + offset + HASH_AT);
	s.units = (uint16_t)le_u16(n->chunk.p + offset + LENGTH_AT);
	for (size_t i = 0; i < sizeof(system_names) / sizeof(*system_names);
	     i++)
		try_name(&s, span_str(system_names[i]));
	if (s.n == 0)
		try_template(&s);
	if (s.n != 1 || n->n_fixes == NAME_FIXES_MAX)
		return false;
	s.found.at = (uint32_t)offset;
	s.found.defined = here;
	n->fix[n->n_fixes++] = s.found;
	return true;
}

/* Whether the name fits its hash. */
static bool
is_good(const struct name_check *n, size_t offset)
{
	const uint8_t *const p = n->chunk.p + offset;
	const size_t left = n->chunk.n - offset - NAME_HEAD;
	const size_t bytes = 2 * (size_t)le_u16(p + LENGTH_AT);

	return bytes + 2 <= left &&
	       le_u16(p + HASH_AT) ==
		   name_check_hash(span_of(p + NAME_HEAD, bytes));
}

bool
name_check_unhashed(struct span chunk, size_t offset)
{
	return le_u16(chunk.p + offset + HASH_AT) == 0;
}

static void
doubt(struct name_check *n, size_t offset)
{
	const bool unhashed = name_check_unhashed(n->chunk, offset);

	n->doubted++;
	if (unhashed && n->unhashed)
		return;
	n->unhashed = n->unhashed || unhashed;
	for (size_t i = 0; i < n->n_name_mismatches; i++) {
		if (n->doubt[i] == offset)
			return;
	}
	if (n->n_name_mismatches < NAME_DOUBTS_MAX)
		n->doubt[n->n_name_mismatches++] = (uint32_t)offset;
}

bool
name_check_read(
    struct name_check *n, size_t offset, bool here, const struct name_fix **fix)
{
	*fix = NULL;
	if (offset > n->chunk.n || n->chunk.n - offset < NAME_HEAD + 2)
		return false;
	if (is_good(n, offset))
		return true;
	if (n->believes ||
	    (n->unsealed && name_check_unhashed(n->chunk, offset))) {
		doubt(n, offset);
		return true;
	}
	size_t i = 0;
	while (i < n->n_fixes && n->fix[i].at != offset)
		i++;
	if (i == n->n_fixes && !repair(n, offset, here)) {
		n->refused++;
		return false;
	}
	n->fix[i].defined = n->fix[i].defined || here;
	n->used |= (uint64_t)1 << i;
	*fix = &n->fix[i];
	return true;
}

void
name_check_text(
    const struct name_check *n, uint64_t used, char *text, size_t size)
{
	struct buf b;

	buf_init(&b, size - 1);
	for (size_t i = 0; i < n->n_fixes; i++) {
		if ((used >> i & 1) != 0)
			buf_fmt(&b, "%sname:%s", b.n == 0 ? "" : ",",
			    n->fix[i].text);
	}
	if (b.n != 0)
		memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	buf_reset(&b);
}

static void
put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void
name_check_apply(const struct name_check *n, uint8_t *chunk)
{
	for (size_t i = 0; i < n->n_fixes; i++) {
		const struct name_fix *const f = &n->fix[i];
		uint8_t *const p = chunk + f->at;
		if (!f->defined)
			continue;
		put_u16(p + HASH_AT, f->hash);
		put_u16(p + LENGTH_AT, f->units);
		for (size_t k = 0; k <= f->units; k++)
			put_u16(p + NAME_HEAD + 2 * k, (uint8_t)f->text[k]);
	}
}
