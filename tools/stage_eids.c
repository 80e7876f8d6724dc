/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/cli.h"
#include "tools/stage_eids.h"
#include "util/filetime.h"
#include "util/json.h"

#define LISTS ((unsigned)EVENT_COUNTS_SIDS) /* number of lists */
/* Maximum number of items of a list in JSON. */
#define LISTED_MAX ((size_t)1000)
/* Maximum number of items of a list in a table. */
#define SHOWN_MAX ((size_t)25)
#define NAME_SHOWN_MAX (4 * EVENT_COUNTS_NAME_MAX + 1)

static const struct list {
	const char *title; /* title of the list in JSON and tables */
	/* JSON members of the names; NULL: no name. */
	const char *names[EVENT_COUNTS_NAMES];
	const char *number; /* JSON member of the number; NULL: no number */
} lists[LISTS] = {
	[EVENT_COUNTS_EIDS] = { "eids", { "channel", "provider" }, "id" },
	[EVENT_COUNTS_COMPUTERS] = { "computers", { "computer", NULL }, NULL },
	[EVENT_COUNTS_LOGONS] = { "logons", { "account", "address" }, "type" },
};

/* The number of records of items after the first `max`, and of items that were
 * not kept. */
static uint64_t
others(const struct event_counts_table *t, size_t max)
{
	uint64_t n = t->others;

	for (size_t i = max; i < t->n; i++)
		n += t->items[i].count;
	return n;
}

/* --- JSON ----------------------------------------------------------------- */

static void
add_time(struct cJSON *o, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0)
		return;
	*filetime_put((uint8_t *)text, filetime) = '\0';
	json_add_text(o, name, text);
}

static struct cJSON *
item_json(const struct list *l, const struct event_counts_item *item)
{
	struct cJSON *const o = json_object();
	char name[EVENT_COUNTS_NAME_MAX * 2 + 2];

	for (unsigned i = 0; i < EVENT_COUNTS_NAMES; i++) {
		if (l->names[i] == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)item->names[i].n, (const char *)item->names[i].p);
		json_add_text(o, l->names[i], name);
	}
	if (l->number != NULL)
		json_add_count(o, l->number, item->number);
	json_add_count(o, "count", item->count);
	add_time(o, "first_time", item->first_time);
	add_time(o, "last_time", item->last_time);
	return o;
}

void
stage_eids_json(const struct event_counts *s, struct cJSON *object)
{
	struct cJSON *const beyond = json_object();

	for (unsigned i = 0; i < LISTS; i++) {
		const struct event_counts_table *const t = &s->lists[i];
		struct cJSON *const list =
		    json_add_array(object, lists[i].title);
		for (size_t k = 0; k < t->n && k < LISTED_MAX; k++)
			json_push(list, item_json(&lists[i], &t->items[k]));
		json_add_count(beyond, lists[i].title, others(t, LISTED_MAX));
	}
	json_add(object, "others", beyond);
}

/* --- tables --------------------------------------------------------------- */

/* A name with control characters escaped, or "-" if it is empty. */
static const char *
shown(char to[NAME_SHOWN_MAX], struct span name)
{
	char text[EVENT_COUNTS_NAME_MAX * 2 + 2];

	if (name.n == 0)
		return "-";
	(void)snprintf(
	    text, sizeof(text), "%.*s", (int)name.n, (const char *)name.p);
	return cli_tame(to, NAME_SHOWN_MAX, text);
}

/* Print the first and last day of an item. */
static void
put_days(FILE *to, const struct event_counts_item *item)
{
	char first[FILETIME_MAX + 1];
	char last[FILETIME_MAX + 1];
	char *end;

	if (item->first_time == 0) {
		(void)fprintf(to, "  %-21s", "no time");
		return;
	}
	*filetime_put((uint8_t *)first, item->first_time) = '\0';
	*filetime_put((uint8_t *)last, item->last_time) = '\0';
	for (int i = 0; i < 2; i++) {
		end = strchr(i == 0 ? first : last, 'T');
		if (end != NULL)
			*end = '\0';
	}
	(void)fprintf(to, "  %s %s", first, last);
}

static void
put_item(
    FILE *to, enum event_counts_list list, const struct event_counts_item *item)
{
	char first[NAME_SHOWN_MAX];
	char second[NAME_SHOWN_MAX];
	char count[CLI_COUNT_MAX];

	(void)fprintf(to, "  %15s", cli_count(count, item->count));
	put_days(to, item);
	const char *const one = shown(first, item->names[0]);
	const char *const two = shown(second, item->names[1]);
	if (list == EVENT_COUNTS_EIDS)
		(void)fprintf(to, "  %5llu  %s  %s\n",
		    (unsigned long long)item->number, one, two);
	else if (list == EVENT_COUNTS_LOGONS)
		(void)fprintf(to, "  type %2llu  %s  from %s\n",
		    (unsigned long long)item->number, one, two);
	else
		(void)fprintf(to, "  %s\n", one);
}

static void
put_list(
    FILE *to, enum event_counts_list list, const struct event_counts_table *t)
{
	static const char *const headings[LISTS] = {
		[EVENT_COUNTS_EIDS] = "event id, channel, provider",
		[EVENT_COUNTS_COMPUTERS] = "computer",
		[EVENT_COUNTS_LOGONS] = "logon type, account, address",
	};
	const uint64_t rest = others(t, SHOWN_MAX);
	char count[CLI_COUNT_MAX];

	if (t->n == 0 && rest == 0)
		return;
	(void)fprintf(to, "%s\n  %15s  %-10s %-10s  %s\n", lists[list].title,
	    "records", "first", "last", headings[list]);
	for (size_t i = 0; i < t->n && i < SHOWN_MAX; i++)
		put_item(to, list, &t->items[i]);
	if (rest != 0)
		(void)fprintf(
		    to, "  %15s  others (--json)\n", cli_count(count, rest));
}

void
stage_eids_table(FILE *to, const struct event_counts *s)
{
	for (unsigned i = 0; i < LISTS; i++)
		put_list(to, (enum event_counts_list)i, &s->lists[i]);
}
