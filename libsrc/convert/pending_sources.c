/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/pending_sources.h"

struct pending_source *
pending_sources_add(struct pending_sources *l, char *name)
{
	struct pending_source *const one = calloc(1, sizeof(*one));
	struct err e;

	if (one == NULL || coverage_create(&one->coverage, &e) != RC_OK) {
		free(one);
		free(name);
		return NULL;
	}
	one->line.name = name;
	if (l->last != NULL)
		l->last->next = one;
	else
		l->first = one;
	l->last = one;
	l->n++;
	return one;
}

static void
free_text(const char *text)
{
	/* Only the texts that this file has made are freed. */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	free((void *)(uintptr_t)text);
}

bool
pending_sources_set_text(const char **to, const char *text)
{
	char *const copy = strdup(text);

	if (copy == NULL)
		return false;
	free_text(*to);
	*to = copy;
	return true;
}

void
pending_sources_remove_first(struct pending_sources *l)
{
	struct pending_source *const one = l->first;

	l->first = one->next;
	if (l->first == NULL)
		l->last = NULL;
	l->n--;
	free_text(one->line.name);
	free_text(one->line.error);
	free_text(one->line.duplicate_of);
	free_text(one->line.reason);
	coverage_destroy(one->coverage);
	free(one);
}

void
pending_sources_clear(struct pending_sources *l)
{
	while (l->first != NULL)
		pending_sources_remove_first(l);
}
