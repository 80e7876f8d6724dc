/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/name_check.h"
#include "evtx/template_codec.h"
#include "util/buf.h"
#include "util/le.h"

#define NODES_MAX ((size_t)4 << 20)

/* Maximum bytes of template nodes that are searched for one chunk. Beyond this
 * limit damaged names are refused, as beyond NAME_FIXES_MAX. */
#define SEARCHED_MAX ((size_t)16 << 20)
#define HASH_AT 4U
#define LENGTH_AT 6U

/* The names of the elements and attributes of an event outside its data. */
static const char *const system_names[] = { "Event", "xmlns", "System",
	"Provider", "Name", "Guid", "EventSourceName", "EventID", "Qualifiers",
	"Version", "Level", "Task", "Opcode", "Keywords", "TimeCreated",
	"SystemTime", "EventRecordID", "Correlation", "ActivityID",
	"RelatedActivityID", "Execution", "ProcessID", "ThreadID",
	"ProcessorID", "SessionID", "KernelTime", "UserTime", "ProcessorTime",
	"Channel", "Computer", "Security", "UserID", "EventData", "UserData",
	"Data" };

/* A search for the original of a damaged name. */
struct search {
	struct name_check *check;
	size_t offset;
	uint16_t hash;
	uint16_t units;
	struct name_fix found;
	unsigned n; /* number of different names that match */
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
	n->checksums_hold = chunk_verified_end(c) != 0;
	n->no_checksums = c->no_crc;
	n->catalog = NULL;
	n->guid = NULL;
	n->n_fixes = 0;
	n->n_mismatches = 0;
	n->used = 0;
	n->refused = 0;
	n->n_accepted = 0;
	n->unhashed = false;
	n->searched = 0;
}

uint16_t
name_check_hash(struct span chars)
{
	uint32_t h = 0;

	for (size_t i = 0; i + 1 < chars.n; i += 2)
		h = h * 65599 + le_u16(chars.p + i);
	return (uint16_t)h;
}

/* Compare a name with the damaged one: two of hash, length and characters must
 * match. */
static void
try_name(struct search *s, struct span text)
{
	const uint8_t *const p = s->check->chunk.p + s->offset + NAME_HEAD;
	const size_t left = s->check->chunk.n - s->offset - NAME_HEAD;
	bool same_chars = true;
	uint32_t h = 0;

	if (text.n == 0 || text.n > NAME_FIX_CHARS || 2 * text.n + 2 > left)
		return;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == 0 || text.p[i] >= 0x80)
			return;
		h = h * 65599 + text.p[i];
		same_chars = same_chars && le_u16(p + 2 * i) == text.p[i];
	}
	same_chars = same_chars && le_u16(p + 2 * text.n) == 0;
	const bool same_hash = (uint16_t)h == s->hash;
	const bool same_units = text.n == s->units;
	if (same_hash + same_units + same_chars < 2 ||
	    (s->n != 0 && span_eq(span_str(s->found.text), text)))
		return;
	s->n++;
	s->found.hash = (uint16_t)h;
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

/* Try the names that the same template has in the catalog. */
static void
try_template(struct search *s)
{
	struct name_check *const n = s->check;
	const struct template_entry *entry = NULL;

	if (n->catalog == NULL || n->guid == NULL)
		return;
	while ((entry = template_catalog_find(
		    n->catalog, le_u32(n->guid), entry)) != NULL) {
		if (memcmp(entry->guid, n->guid, TEMPLATE_GUID_BYTES) != 0)
			continue;
		if (n->searched > SEARCHED_MAX)
			return;
		arena_reset(&n->nodes);
		try_nodes(s, template_codec_read(entry->text, &n->nodes));
		n->searched += n->nodes.used;
	}
}

/* Repair the name at an offset if exactly one name matches. Returns the index
 * in n->fix, or NAME_FIXES_MAX if the name cannot be repaired. */
static size_t
repair(struct name_check *n, size_t offset, bool here)
{
	struct search s = { .check = n, .offset = offset };
	size_t i = 0;

	while (i < n->n_fixes && n->fix[i].at != offset)
		i++;
	if (i < n->n_fixes)
		return i;
	s.hash = (uint16_t)le_u16(n->chunk.p + offset + HASH_AT);
	s.units = (uint16_t)le_u16(n->chunk.p + offset + LENGTH_AT);
	for (i = 0; i < sizeof(system_names) / sizeof(*system_names); i++)
		try_name(&s, span_str(system_names[i]));
	if (s.n == 0)
		try_template(&s);
	if (s.n != 1 || n->n_fixes == NAME_FIXES_MAX)
		return NAME_FIXES_MAX;
	s.found.at = (uint32_t)offset;
	s.found.defined = here;
	n->fix[n->n_fixes] = s.found;
	return n->n_fixes++;
}

bool
name_check_unhashed(struct span chunk, size_t offset)
{
	return le_u16(chunk.p + offset + HASH_AT) == 0;
}

/* Remember a name that is accepted though it does not match its hash. */
static void
add_mismatch(struct name_check *n, size_t offset)
{
	const bool unhashed = name_check_unhashed(n->chunk, offset);

	n->n_accepted++;
	if (unhashed && n->unhashed)
		return;
	n->unhashed = n->unhashed || unhashed;
	for (size_t i = 0; i < n->n_mismatches; i++) {
		if (n->mismatch[i] == offset)
			return;
	}
	if (n->n_mismatches < NAME_MISMATCHES_MAX)
		n->mismatch[n->n_mismatches++] = (uint32_t)offset;
}

bool
name_check_read(
    struct name_check *n, size_t offset, bool here, const struct name_fix **fix)
{
	*fix = NULL;
	if (offset > n->chunk.n || n->chunk.n - offset < NAME_HEAD + 2)
		return false;
	const uint8_t *const p = n->chunk.p + offset;
	const size_t bytes = 2 * (size_t)le_u16(p + LENGTH_AT);
	if (bytes + 2 <= n->chunk.n - offset - NAME_HEAD &&
	    le_u16(p + HASH_AT) ==
		name_check_hash(span_of(p + NAME_HEAD, bytes)))
		return true;
	if (n->checksums_hold ||
	    (n->no_checksums && name_check_unhashed(n->chunk, offset))) {
		add_mismatch(n, offset);
		return true;
	}
	const size_t i = repair(n, offset, here);
	if (i == NAME_FIXES_MAX) {
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

void
name_check_apply(const struct name_check *n, uint8_t *chunk)
{
	for (size_t i = 0; i < n->n_fixes; i++) {
		const struct name_fix *const f = &n->fix[i];
		uint8_t *const p = chunk + f->at;
		if (!f->defined)
			continue;
		le_put(p + HASH_AT, f->hash, 2);
		le_put(p + LENGTH_AT, f->units, 2);
		for (size_t k = 0; k <= f->units; k++)
			le_put(p + NAME_HEAD + 2 * k, (uint8_t)f->text[k], 2);
	}
}
