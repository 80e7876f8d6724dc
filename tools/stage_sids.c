/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/accounts.h"
#include "tools/cli.h"
#include "tools/stage_sids.h"

#define NAME_SHOWN_MAX (8 * EVENT_COUNTS_NAME_MAX + 1)

/* Compare by SID; equal SIDs keep their order, the most frequent first. */
static int
compare(const void *x, const void *y)
{
	const struct event_counts_item *const a =
	    *(const struct event_counts_item *const *)x;
	const struct event_counts_item *const b =
	    *(const struct event_counts_item *const *)y;
	const struct span s = a->names[0];
	const struct span t = b->names[0];
	const size_t n = s.n < t.n ? s.n : t.n;
	const int d = n == 0 ? 0 : memcmp(s.p, t.p, n);

	if (d != 0 || s.n != t.n)
		return d != 0 ? d : (s.n > t.n) - (s.n < t.n);
	return (a > b) - (a < b);
}

static void
copy_name(char text[EVENT_COUNTS_NAME_MAX * 2 + 2], struct span name)
{
	(void)snprintf(text, EVENT_COUNTS_NAME_MAX * 2 + 2, "%.*s", (int)name.n,
	    (const char *)name.p);
}

/* True if --accounts reads the name unchanged and a terminal shows it. */
static bool
is_plain(struct span account)
{
	char text[EVENT_COUNTS_NAME_MAX * 2 + 2];
	char tame[NAME_SHOWN_MAX];

	copy_name(text, account);
	return account.n <= ACCOUNTS_NAME_MAX && account.p[0] != '"' &&
	       memchr(account.p, ',', account.n) == NULL &&
	       strcmp(cli_tame(tame, sizeof(tame), text), text) == 0;
}

/* Print an account in a comment, with control characters escaped. */
static void
put_comment(FILE *to, const struct event_counts_item *item, const char *why)
{
	char text[EVENT_COUNTS_NAME_MAX * 2 + 2];
	char tame[NAME_SHOWN_MAX];
	char count[CLI_COUNT_MAX];

	copy_name(text, item->names[1]);
	(void)fprintf(to, "# %s: %.*s,%s (%s records)\n", why,
	    (int)item->names[0].n, (const char *)item->names[0].p,
	    cli_tame(tame, sizeof(tame), text), cli_count(count, item->count));
}

static void
put_lines(FILE *to, const struct event_counts_item *const *items, size_t n)
{
	const struct event_counts_item *named = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct event_counts_item *const item = items[i];
		const struct span account = item->names[1];
		if (!is_plain(account)) {
			put_comment(to, item, "not usable");
			continue;
		}
		if (named != NULL && span_eq(named->names[0], item->names[0])) {
			put_comment(to, item, "also named");
			continue;
		}
		named = item;
		(void)fprintf(to, "%.*s,%.*s\n", (int)item->names[0].n,
		    (const char *)item->names[0].p, (int)account.n,
		    (const char *)account.p);
	}
}

enum rc
stage_sids(FILE *to, const struct event_counts *s, struct err *e)
{
	const struct event_counts_table *const t = &s->lists[EVENT_COUNTS_SIDS];
	const struct event_counts_item **const items =
	    calloc(t->n == 0 ? 1 : t->n, sizeof(*items));

	if (items == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < t->n; i++)
		items[i] = &t->items[i];
	qsort(items, t->n, sizeof(*items), compare);
	(void)fputs("# SID and account for evtxstage --accounts, as found in "
		    "records: review it first\n",
	    to);
	put_lines(to, items, t->n);
	if (t->others != 0)
		(void)fprintf(to, "# %llu more accounts were not kept\n",
		    (unsigned long long)t->others);
	free(items);
	if (fflush(to) != 0 || ferror(to) != 0)
		return err_sys(e, RC_FATAL, "write the accounts");
	return RC_OK;
}
