/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "convert/template_list.h"
#include "util/json.h"
#include "util/le.h"

struct seen {
	uint64_t source;
	uint32_t id;
	bool sound;
};

struct template_list {
	struct seen *all; /* the templates, sorted by source and id */
	size_t n;
	size_t next;
};

/* Sort by id. Of templates with the same id, sound ones come first, then those
 * of the first source. */
static int
by_id(const void *a, const void *b)
{
	const struct seen *const x = a;
	const struct seen *const y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->sound != y->sound)
		return x->sound ? -1 : 1;
	return (x->source > y->source) - (x->source < y->source);
}

static int
by_source(const void *a, const void *b)
{
	const struct seen *const x = a;
	const struct seen *const y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

enum rc
template_list_create(struct template_list **lp,
    const struct template_catalog *from, struct err *e)
{
	struct template_list *const l = calloc(1, sizeof(*l));
	const struct template_entry *t = NULL;
	size_t n = 0;

	*lp = l;
	if (l == NULL)
		return err_nomem(e);
	while ((t = template_catalog_next(from, t)) != NULL)
		n++;
	l->all = calloc(n + 1, sizeof(*l->all));
	if (l->all == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		t = template_catalog_next(from, i == 0 ? NULL : t);
		l->all[i] =
		    (struct seen){ t->source, le_u32(t->guid), t->sound };
	}
	qsort(l->all, n, sizeof(*l->all), by_id);
	for (size_t i = 0; i < n; i++)
		if (l->n == 0 || l->all[l->n - 1].id != l->all[i].id)
			l->all[l->n++] = l->all[i];
	qsort(l->all, l->n, sizeof(*l->all), by_source);
	return RC_OK;
}

void
template_list_destroy(struct template_list *l)
{
	if (l == NULL)
		return;
	free(l->all);
	free(l);
}

void
template_list_add(struct template_list *l, uint64_t number, const char *name,
    struct cJSON *array)
{
	struct cJSON *ids = NULL;
	char text[16];

	for (; l->next < l->n && l->all[l->next].source <= number; l->next++) {
		if (l->all[l->next].source != number)
			continue;
		if (ids == NULL) {
			struct cJSON *const one = json_push_object(array);
			json_add_text(one, "source", name);
			ids = json_add_array(one, "ids");
		}
		(void)snprintf(
		    text, sizeof(text), "%08" PRIx32, l->all[l->next].id);
		json_push_text(ids, text);
	}
}
