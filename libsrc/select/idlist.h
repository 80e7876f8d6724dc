/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of event ids of any provider or of a named one:
 * 4624,4700-4799,Sysmon:1. A provider is a glob pattern, ignoring case; it
 * matches the whole name or the name without "Microsoft-Windows-" at its
 * beginning.
 */
#ifndef SELECT_IDLIST_H
#define SELECT_IDLIST_H

#include "select/ids.h"
#include "select/names.h"

#define IDLIST_PROVIDERS 32U
#define IDLIST_NAME_MAX 256U

struct idlist_provider {
	char glob[IDLIST_NAME_MAX];
	struct ids ids;
};

struct idlist {
	struct ids any; /* ids in the list without a provider */
	struct idlist_provider *providers;
	size_t n;
};

/* Read the lists. RC_FATAL with WHY_USAGE names the item that is not valid.
 * *out must be destroyed also on failure. */
enum rc idlist_create(
    struct idlist **out, const struct names *lists, struct err *e);
void idlist_destroy(struct idlist *l);

/* The providers of the list whose pattern matches this name: bit i for provider
 * i. */
uint32_t idlist_providers(const struct idlist *l, const char *provider);

/* True if the list has the id for any provider or for one of `providers`, which
 * are bits of idlist_providers(). */
static inline bool
idlist_has(const struct idlist *l, uint32_t providers, uint64_t id)
{
	bool has = ids_has(&l->any, id);

	for (size_t i = 0; providers >> i != 0 && !has; i++)
		has = (providers >> i & 1) != 0 &&
		      ids_has(&l->providers[i].ids, id);
	return has;
}

#endif
