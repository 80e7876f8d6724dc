/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

#include "select/idlist.h"

#define PREFIX "Microsoft-Windows-"

/* The ids of that provider; NULL when there is no room for one more. */
static struct ids *
ids_of(struct idlist *l, struct span name)
{
	struct idlist_provider *const end = &l->providers[l->n];

	for (struct idlist_provider *p = l->providers; p < end; p++) {
		if (span_eq(span_str(p->glob), name))
			return &p->ids;
	}
	if (l->n == IDLIST_PROVIDERS || name.n == 0 ||
	    name.n >= IDLIST_NAME_MAX)
		return NULL;
	memcpy(end->glob, name.p, name.n);
	l->n++;
	return &end->ids;
}

/* The last colon, for a name may have one. */
static size_t
name_length(struct span item)
{
	size_t n = item.n;

	while (n > 0 && item.p[n - 1] != ':')
		n--;
	return n;
}

static enum rc
read_item(struct idlist *l, struct span item, struct err *e)
{
	const size_t n = name_length(item);
	struct ids *to = &l->any;

	if (n > 1 && item.p[0] == ' ')
		return read_item(l, span_of(item.p + 1, item.n - 1), e);
	if (n != 0)
		to = ids_of(l, span_of(item.p, n - 1));
	if (to == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "\"%.*s\": a provider has a name of 1 to %u bytes, and a "
		    "list has %u providers at most",
		    item.n > 60 ? 60 : (int)item.n, (const char *)item.p,
		    IDLIST_NAME_MAX - 1, IDLIST_PROVIDERS);
	return ids_parse(to, span_of(item.p + n, item.n - n), e);
}

/* e says what is wrong with an item; say of which list. */
static enum rc
wrong_list(struct span list, struct err *e)
{
	const struct err inner = *e;

	return err_set(e, RC_FATAL, WHY_USAGE, "%.200s in \"%.*s\"", inner.text,
	    list.n > 200 ? 200 : (int)list.n, (const char *)list.p);
}

static enum rc
read_list(struct idlist *l, struct span list, struct err *e)
{
	struct span rest = list;
	enum rc rc = RC_OK;

	while (rc == RC_OK && rest.p != NULL)
		rc = read_item(l, span_next(&rest, ','), e);
	return rc == RC_OK ? RC_OK : wrong_list(list, e);
}

enum rc
idlist_create(struct idlist **out, const struct names *lists, struct err *e)
{
	struct idlist *const l = calloc(1, sizeof(*l));
	enum rc rc = RC_OK;

	*out = l;
	if (l == NULL)
		return err_nomem(e);
	l->providers = calloc(IDLIST_PROVIDERS, sizeof(*l->providers));
	if (l->providers == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < lists->n && rc == RC_OK; i++)
		rc = read_list(l, span_str(lists->texts[i]), e);
	return rc;
}

void
idlist_destroy(struct idlist *l)
{
	if (l == NULL)
		return;
	free(l->providers);
	free(l);
}

uint32_t
idlist_providers(const struct idlist *l, const char *provider)
{
	const size_t n = sizeof(PREFIX) - 1;
	const bool windows = strncasecmp(provider, PREFIX, n) == 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *const glob = l->providers[i].glob;
		if (fnmatch(glob, provider, FNM_CASEFOLD) == 0 ||
		    (windows && fnmatch(glob, provider + n, FNM_CASEFOLD) == 0))
			bits |= UINT32_C(1) << i;
	}
	return bits;
}
