/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

#include "select/idlist.h"

#define WINDOWS_PREFIX "Microsoft-Windows-"

/* Read one item, [PROVIDER:]IDS. The ids follow the last colon, because the
 * name of a provider may contain colons. */
static enum rc
parse_item(struct idlist *l, struct span item, struct err *e)
{
	struct ids *to = &l->any;

	while (item.n > 1 && item.p[0] == ' ')
		item = span_skip(item, 1);
	size_t n = item.n;
	while (n > 0 && item.p[n - 1] != ':')
		n--;
	if (n != 0) {
		const struct span name = span_of(item.p, n - 1);
		size_t i = 0;
		while (
		    i < l->n && !span_eq(span_str(l->providers[i].glob), name))
			i++;
		if (i == l->n) {
			if (l->n == IDLIST_PROVIDERS || name.n == 0 ||
			    name.n >= IDLIST_NAME_MAX)
				return err_set(e, RC_FATAL, WHY_USAGE,
				    "\"%.*s\": a provider must have a name of "
				    "1 to %u bytes, and a list must have %u "
				    "providers at most",
				    item.n > 60 ? 60 : (int)item.n,
				    (const char *)item.p, IDLIST_NAME_MAX - 1,
				    IDLIST_PROVIDERS);
			memcpy(l->providers[l->n++].glob, name.p, name.n);
		}
		to = &l->providers[i].ids;
	}
	return ids_parse(to, span_skip(item, n), e);
}

enum rc
idlist_create(struct idlist **out, const struct names *lists, struct err *e)
{
	struct idlist *const l = calloc(1, sizeof(*l));

	*out = l;
	if (l == NULL)
		return err_nomem(e);
	l->providers = calloc(IDLIST_PROVIDERS, sizeof(*l->providers));
	if (l->providers == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < lists->n; i++) {
		const struct span list = span_str(lists->texts[i]);
		struct span rest = list;
		struct err why;
		while (rest.p != NULL) {
			if (parse_item(l, span_next(&rest, ','), &why) == RC_OK)
				continue;
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "%.200s in \"%.*s\"", why.text,
			    list.n > 200 ? 200 : (int)list.n,
			    (const char *)list.p);
		}
	}
	return RC_OK;
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
	const size_t n = sizeof(WINDOWS_PREFIX) - 1;
	const bool windows = strncasecmp(provider, WINDOWS_PREFIX, n) == 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *const glob = l->providers[i].glob;
		if (fnmatch(glob, provider, FNM_CASEFOLD) == 0 ||
		    (windows && fnmatch(glob, provider + n, FNM_CASEFOLD) == 0))
			bits |= UINT32_C(1) << i;
	}
	return bits;
}
