/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/event_counts.h"
#include "schema/event_field.h"
#include "util/mix.h"

/* Bytes of names for each item that there may be. */
#define NAMES_OF_ITEM ((size_t)256)
#define ROUNDING ((size_t)32) /* what the arena adds to a name, at most */

/* As text a value may be longer than a name; it is cut afterwards. */
#define TEXT_MAX ((size_t)1 << 20)

/* A successful logon; failed ones (4625) are seen by their event id. */
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
		free(s->lists[i].slots);
		arena_free(&s->lists[i].texts);
	}
	buf_reset(&s->text);
}

void
event_counts_clear(struct event_counts *s)
{
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++) {
		struct event_counts_table *const t = &s->lists[i];
		if (t->n != 0)
			memset(t->slots, 0, t->n_slots * sizeof(*t->slots));
		t->n = 0;
		t->others = 0;
		arena_reset(&t->texts);
	}
	s->failed = false;
}

/* --- tables --------------------------------------------------------------- */

static bool
is_same(const struct event_counts_item *a, const struct event_counts_item *b)
{
	return a->number == b->number && span_eq(a->names[0], b->names[0]) &&
	       span_eq(a->names[1], b->names[1]);
}

static size_t *
find_slot(
    const struct event_counts_table *t, const struct event_counts_item *item)
{
	uint64_t sum = mix_word(0, item->number);

	for (unsigned i = 0; i < EVENT_COUNTS_NAMES; i++)
		sum = mix_bytes(sum, item->names[i]);
	size_t i = (size_t)sum & (t->n_slots - 1);
	while (t->slots[i] != 0 && !is_same(&t->items[t->slots[i] - 1], item))
		i = (i + 1) & (t->n_slots - 1);
	return &t->slots[i];
}

/* Room for one more item, and a hash table that is at most half full. */
static bool
grow(struct event_counts_table *t)
{
	if (t->n < t->cap)
		return true;
	const size_t cap = t->cap == 0 ? 64 : t->cap * 2;
	struct event_counts_item *const items =
	    realloc(t->items, cap * sizeof(*items));
	if (items == NULL)
		return false;
	t->items = items;
	size_t *const slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL)
		return false;
	free(t->slots);
	t->slots = slots;
	t->n_slots = cap * 2;
	t->cap = cap;
	for (size_t i = 0; i < t->n; i++)
		*find_slot(t, &t->items[i]) = i + 1;
	return true;
}

static bool
keep_names(struct event_counts_table *t, struct event_counts_item *item)
{
	for (unsigned i = 0; i < EVENT_COUNTS_NAMES; i++) {
		const struct span kept = arena_copy(&t->texts, item->names[i]);
		if (kept.p == NULL)
			return false;
		item->names[i] = kept;
	}
	return true;
}

static void
add_times(struct event_counts_item *to, const struct event_counts_item *from)
{
	to->count += from->count;
	if (from->last_time > to->last_time)
		to->last_time = from->last_time;
	if (to->first_time == 0 ||
	    (from->first_time != 0 && from->first_time < to->first_time))
		to->first_time = from->first_time;
}

static bool
has_room(const struct event_counts *s, const struct event_counts_table *t,
    const struct event_counts_item *item)
{
	const size_t names = item->names[0].n + item->names[1].n + 2 * ROUNDING;

	return t->n < s->max && names <= t->texts.max - t->texts.used;
}

/* Add the counts of an item, whose names are copied. */
static void
count(struct event_counts *s, enum event_counts_list list,
    const struct event_counts_item *item)
{
	struct event_counts_table *const t = &s->lists[list];
	struct event_counts_item made = *item;

	if (t->n_slots != 0) {
		const size_t at = *find_slot(t, item);
		if (at != 0) {
			add_times(&t->items[at - 1], item);
			return;
		}
	}
	if (!has_room(s, t, item)) {
		t->others += item->count;
		return;
	}
	if (!grow(t) || !keep_names(t, &made)) {
		s->failed = true;
		return;
	}
	t->items[t->n++] = made;
	*find_slot(t, &made) = t->n;
}

/* --- records -------------------------------------------------------------- */

static bool
is_logon(const struct system_fields *h, const struct tree *t)
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

bool
event_counts_needs_event(const struct system_fields *h, const struct tree *t)
{
	return is_logon(h, t);
}

/* Append a name to the text; not more than a name may have, no NUL, no half
 * of a character. Returns its length: the text may move. */
static size_t
put_name(struct event_counts *s, const struct value *v)
{
	const size_t start = s->text.n;

	if (v != NULL)
		value_text(&s->text, v);
	if (s->text.full)
		buf_cut(&s->text, start);
	if (s->text.n == start)
		return 0;
	const uint8_t *const p = s->text.p + start;
	const uint8_t *const nul = memchr(p, 0, s->text.n - start);
	size_t n = nul != NULL ? (size_t)(nul - p) : s->text.n - start;
	if (n > EVENT_COUNTS_NAME_MAX) {
		n = EVENT_COUNTS_NAME_MAX;
		while (n > 0 && (p[n] & 0xC0) == 0x80)
			n--;
	}
	buf_cut(&s->text, start + n);
	return n;
}

static const struct value *
field_value(
    const struct system_fields *h, const struct tree *t, struct span name)
{
	const struct node *const field = event_field_find(h, t, name);
	const struct node *const leaf = field == NULL ? NULL : tree_leaf(field);

	return leaf == NULL ? NULL : tree_value(leaf, t->values);
}

/* The item of a record whose names are the text, the second one from `at`. */
static struct event_counts_item
item_of(const struct event_counts *s, size_t at, uint64_t number, uint64_t time)
{
	const struct span text = buf_span(&s->text);

	return (struct event_counts_item){
		.names = { span_of(text.p, at),
		    text.n == at ? SPAN("")
				 : span_of(text.p + at, text.n - at) },
		.number = number,
		.count = 1,
		.first_time = time,
		.last_time = time,
	};
}

/* Windows writes "-" where a logon has no address or domain. */
static void
drop_dash(struct event_counts *s, size_t start)
{
	if (s->text.n == start + 1 && s->text.p[start] == '-')
		buf_cut(&s->text, start);
}

static void
count_logon(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, uint64_t time)
{
	const struct value *const type = field_value(h, t, SPAN("LogonType"));
	uint64_t number = 0;

	if (type == NULL || !value_u64(type, &number))
		number = 0;
	buf_cut(&s->text, 0);
	(void)put_name(s, field_value(h, t, SPAN("TargetDomainName")));
	drop_dash(s, 0);
	if (s->text.n != 0)
		buf_byte(&s->text, '\\');
	(void)put_name(s, field_value(h, t, SPAN("TargetUserName")));
	const size_t at = s->text.n;
	(void)put_name(s, field_value(h, t, SPAN("IpAddress")));
	drop_dash(s, at);
	const struct event_counts_item item = item_of(s, at, number, time);
	count(s, EVENT_COUNTS_LOGONS, &item);
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
	    put_name(s, system_fields_value(h, SYSTEM_CHANNEL, t->values));
	(void)put_name(s, system_fields_value(h, SYSTEM_PROVIDER, t->values));
	struct event_counts_item item = item_of(s, at, number, time);
	count(s, EVENT_COUNTS_EIDS, &item);

	buf_cut(&s->text, 0);
	at = put_name(s, system_fields_value(h, SYSTEM_COMPUTER, t->values));
	item = item_of(s, at, 0, time);
	count(s, EVENT_COUNTS_COMPUTERS, &item);
	if (is_logon(h, t))
		count_logon(s, h, t, time);
}

/* --- accounts ------------------------------------------------------------- */

static bool
has_account(struct span sid)
{
	return span_starts(sid, SPAN("S-1-5-21-")) ||
	       span_starts(sid, SPAN("S-1-12-1-"));
}

/* The fields of an account: its SID, its domain and its name. */
struct person {
	const char *sid;
	const char *domain;
	const char *user;
};

static void
count_person(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, const struct person *who, uint64_t time)
{
	const struct value *const sid = field_value(h, t, span_str(who->sid));

	buf_cut(&s->text, 0);
	const size_t at = sid == NULL ? 0 : put_name(s, sid);
	if (at == 0 || !has_account(buf_span(&s->text)))
		return;
	(void)put_name(s, field_value(h, t, span_str(who->domain)));
	drop_dash(s, at);
	if (s->text.n == at)
		return;
	buf_byte(&s->text, '\\');
	const size_t user = s->text.n;
	(void)put_name(s, field_value(h, t, span_str(who->user)));
	drop_dash(s, user);
	if (s->text.n == user)
		return;
	const struct event_counts_item item = item_of(s, at, 0, time);
	count(s, EVENT_COUNTS_SIDS, &item);
}

void
event_counts_add_sids(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, uint64_t time)
{
	static const struct person people[] = {
		{ "TargetUserSid", "TargetDomainName", "TargetUserName" },
		{ "TargetSid", "TargetDomainName", "TargetUserName" },
		{ "SubjectUserSid", "SubjectDomainName", "SubjectUserName" },
	};

	for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++)
		count_person(s, h, t, &people[i], time);
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
compare_names(struct span a, struct span b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

static int
compare_items(const void *x, const void *y)
{
	const struct event_counts_item *const a = x;
	const struct event_counts_item *const b = y;
	int d = (a->count < b->count) - (a->count > b->count);

	for (unsigned i = 0; d == 0 && i < EVENT_COUNTS_NAMES; i++)
		d = compare_names(a->names[i], b->names[i]);
	return d != 0 ? d : (a->number > b->number) - (a->number < b->number);
}

void
event_counts_sort(struct event_counts *s)
{
	for (int i = 0; i < EVENT_COUNTS_LISTS; i++) {
		struct event_counts_table *const t = &s->lists[i];
		if (t->n != 0)
			qsort(t->items, t->n, sizeof(*t->items), compare_items);
		/* What the hash table says is not true any more. */
		free(t->slots);
		t->slots = NULL;
		t->n_slots = 0;
	}
}
