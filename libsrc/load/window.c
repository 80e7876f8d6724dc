/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "load/window.h"

enum rc
window_create(struct window *w, unsigned requests, unsigned ahead,
    size_t body_max, struct err *e)
{
	w->requests = requests;
	w->n = requests + ahead;
	w->slots = calloc(w->n, sizeof(*w->slots));
	if (w->slots == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < w->n; i++)
		buf_init(&w->slots[i].body, body_max);
	return RC_OK;
}

void
window_reset(struct window *w)
{
	for (unsigned i = 0; w->slots != NULL && i < w->n; i++)
		buf_reset(&w->slots[i].body);
	free(w->slots);
}

bool
window_has(const struct window *w, int64_t id)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->slots[i].batch.id == id)
			return true;
	return false;
}

bool
window_is_empty(const struct window *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->slots[i].batch.id != 0)
			return false;
	return true;
}

unsigned
window_in_flight(const struct window *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++)
		n += w->slots[i].in_flight;
	return n;
}

bool
window_is_ready(const struct window_slot *s)
{
	return s->batch.id != 0 && !s->compressing && !s->in_flight;
}
