/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/event_counts.h"
#include "schema/event_field.h"
#include "util/array.h"
#include "util/mix.h"
#include "util/text.h"

/* Average memory for the names of an item in bytes, to limit the arena. */
#define NAMES_OF_ITEM ((size_t)256)
/* Maximum overhead of a name in the arena, in bytes. */
#define ARENA_OVERHEAD ((size_t)32)

/* Maximum length in bytes of a value as text, before it is truncated to a name.
 */
#define TEXT_MAX ((size_t)1 << 20)

/* Provider and event id of successful logons; failed logons have the event id
 * 4625. */
#define LOGON_PROVIDER SPAN("Microsoft-Windows-Security-Auditing")
#define LOGON_ID 4624U

void
event_counts_init(struct event_counts *s, size_t max)
{
	memset(s, 0, sizeof(*s));
	s->max = max;
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++)
		arena_init(&s->lists[i].texts, max * NAMES_OF_ITEM);
	buf_init(&s->text, TEXT_MAX);
}

void
event_counts_free(struct event_counts *s)
{
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++) {
		free(s->lists[i].items);
		hash_index_reset(&s->lists[i].index);
		arena_free(&s->lists[i].texts);
	}
	buf_reset(&s->text);
}

void
event_counts_clear(struct event_counts *s)
{
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++) {
		struct event_counts_table *const t = &s->lists[i];
		hash_index_clear(&t->index);
		t->n = 0;
		t->others = 0;
		arena_reset(&t->texts);
	}
	s->failed = false;
}

/* --- tables --------------------------------------------------------------- */

/* Append an item with copies of its names. False if memory is exhausted. */
static bool
add_item(struct event_counts_table *t, const struct event_counts_item *item,
    uint64_t hash)
{
	struct event_counts_item *const more =
	    array_grow(t->items, t->n, &t->cap, sizeof(*more));
	struct event_counts_item copy = *item;

	if (more == NULL)
		return false;
	t->items = more;
	for (unsigned i = 0; i < EVENT_COUNTS_NAMES; i++) {
		copy.names[i] = arena_copy(&t->texts, item->names[i]);
		if (copy.names[i].p == NULL)
			return false;
	}
	if (!hash_index_add(&t->index, hash, t->n))
		return false;
	t->items[t->n++] = copy;
	return true;
}

/* Add the counts of an item to a list. */
static void
count(struct event_counts *s, enum event_counts_list list,
    const struct event_counts_item *item)
{
	struct event_counts_table *const t = &s->lists[list];
	uint64_t hash = mix_word(0, item->number);

	for (unsigned i = 0; i < EVENT_COUNTS_NAMES; i++)
		hash = mix_bytes(hash, item->names[i]);
	struct hash_search search = hash_index_search(hash);
	size_t at;
	while ((at = hash_index_next(&t->index, &search)) != HASH_INDEX_END) {
		struct event_counts_item *const found = &t->items[at];
		if (found->number != item->number ||
		    !span_eq(found->names[0], item->names[0]) ||
		    !span_eq(found->names[1], item->names[1]))
			continue;
		found->count += item->count;
		if (item->last_time > found->last_time)
			found->last_time = item->last_time;
		if (found->first_time == 0 ||
		    (item->first_time != 0 &&
			item->first_time < found->first_time))
			found->first_time = item->first_time;
		return;
	}
	const size_t bytes =
	    item->names[0].n + item->names[1].n + 2 * ARENA_OVERHEAD;
	if (t->n >= s->max || bytes > t->texts.max - t->texts.used)
		t->others += item->count;
	else if (!add_item(t, item, hash))
		s->failed = true;
}

/* --- records -------------------------------------------------------------- */

bool
event_counts_needs_event(const struct system_fields *h, const struct tree *t)
{
	const struct value *const id =
	    system_fields_value(h, SYSTEM_EVENT_ID, t->values);
	const struct value *const provider =
	    system_fields_value(h, SYSTEM_PROVIDER, t->values);
	uint64_t n;

	return id != NULL && value_u64(id, &n) && n == LOGON_ID &&
	       provider != NULL &&
	       value_equals_nocase(provider, LOGON_PROVIDER);
}

/* Append a name to the text: whole characters up to its first NUL, at most
 * EVENT_COUNTS_NAME_MAX bytes. Returns the number of bytes appended. */
static size_t
append_name(struct event_counts *s, const struct value *v)
{
	const size_t start = s->text.n;

	if (v != NULL)
		value_text(&s->text, v);
	if (s->text.full)
		buf_cut(&s->text, start);
	if (s->text.n == start)
		return 0;
	const size_t n = text_beginning(
	    span_skip(buf_span(&s->text), start), EVENT_COUNTS_NAME_MAX)
			     .n;
	buf_cut(&s->text, start + n);
	return n;
}

/* Append the value of a field; nothing for "-", which Windows writes where a
 * logon has no address or domain. */
static size_t
append_field(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, const char *name)
{
	const struct node *const field = event_field_find(h, t, span_str(name));
	const struct node *const leaf = field == NULL ? NULL : tree_leaf(field);
	const size_t start = s->text.n;

	size_t n =
	    append_name(s, leaf == NULL ? NULL : tree_value(leaf, t->values));
	if (n == 1 && s->text.p[start] == '-') {
		buf_cut(&s->text, start);
		n = 0;
	}
	return n;
}

/* The item of one record. Its two names are in s->text; the second one starts
 * at `at`. */
static struct event_counts_item
item_of(const struct event_counts *s, size_t at, uint64_t number, uint64_t time)
{
	const struct span text = buf_span(&s->text);

	return (struct event_counts_item){
		.names = { span_of(text.p, at),
		    text.n == at ? SPAN("") : span_skip(text, at) },
		.number = number,
		.count = 1,
		.first_time = time,
		.last_time = time,
	};
}

void
event_counts_add(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, uint64_t time)
{
	const struct value *const id =
	    system_fields_value(h, SYSTEM_EVENT_ID, t->values);
	uint64_t number = 0;

	if (id != NULL && !value_u64(id, &number))
		number = 0;
	buf_cut(&s->text, 0);
	size_t at =
	    append_name(s, system_fields_value(h, SYSTEM_CHANNEL, t->values));
	(void)append_name(
	    s, system_fields_value(h, SYSTEM_PROVIDER, t->values));
	struct event_counts_item item = item_of(s, at, number, time);
	count(s, EVENT_COUNTS_EIDS, &item);

	buf_cut(&s->text, 0);
	at = append_name(s, system_fields_value(h, SYSTEM_COMPUTER, t->values));
	item = item_of(s, at, 0, time);
	count(s, EVENT_COUNTS_COMPUTERS, &item);

	if (!event_counts_needs_event(h, t))
		return;
	const struct node *const leaf =
	    tree_leaf(event_field_find(h, t, SPAN("LogonType")));
	number = 0;
	if (leaf != NULL && !value_u64(tree_value(leaf, t->values), &number))
		number = 0;
	buf_cut(&s->text, 0);
	if (append_field(s, h, t, "TargetDomainName") != 0)
		buf_byte(&s->text, '\\');
	(void)append_field(s, h, t, "TargetUserName");
	at = s->text.n;
	(void)append_field(s, h, t, "IpAddress");
	item = item_of(s, at, number, time);
	count(s, EVENT_COUNTS_LOGONS, &item);
}

void
event_counts_add_sids(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, uint64_t time)
{
	static const struct {
		const char *sid;
		const char *domain;
		const char *user;
	} accounts[] = {
		{ "TargetUserSid", "TargetDomainName", "TargetUserName" },
		{ "TargetSid", "TargetDomainName", "TargetUserName" },
		{ "SubjectUserSid", "SubjectDomainName", "SubjectUserName" },
	};

	for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
		buf_cut(&s->text, 0);
		const size_t at = append_field(s, h, t, accounts[i].sid);
		const struct span sid = buf_span(&s->text);
		if (!span_starts(sid, SPAN("S-1-5-21-")) &&
		    !span_starts(sid, SPAN("S-1-12-1-")))
			continue;
		if (append_field(s, h, t, accounts[i].domain) == 0)
			continue;
		buf_byte(&s->text, '\\');
		if (append_field(s, h, t, accounts[i].user) == 0)
			continue;
		const struct event_counts_item item = item_of(s, at, 0, time);
		count(s, EVENT_COUNTS_SIDS, &item);
	}
}

/* --- the run -------------------------------------------------------------- */

enum rc
event_counts_merge(
    struct event_counts *to, const struct event_counts *from, struct err *e)
{
	for (unsigned l = 0; l < EVENT_COUNTS_LISTS; l++) {
		const struct event_counts_table *const t = &from->lists[l];
		for (size_t i = 0; i < t->n; i++)
			count(to, (enum event_counts_list)l, &t->items[i]);
		to->lists[l].others += t->others;
	}
	return to->failed ? err_nomem(e) : RC_OK;
}

static int
compare_items(const void *x, const void *y)
{
	const struct event_counts_item *const a = x;
	const struct event_counts_item *const b = y;
	int d = (a->count < b->count) - (a->count > b->count);

	for (unsigned i = 0; d == 0 && i < EVENT_COUNTS_NAMES; i++)
		d = span_cmp(a->names[i], b->names[i]);
	return d != 0 ? d : (a->number > b->number) - (a->number < b->number);
}

void
event_counts_sort(struct event_counts *s)
{
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++) {
		struct event_counts_table *const t = &s->lists[i];
		if (t->n != 0)
			qsort(t->items, t->n, sizeof(*t->items), compare_items);
		hash_index_reset(&t->index);
	}
}
