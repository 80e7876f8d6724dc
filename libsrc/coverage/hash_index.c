/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "coverage/hash_index.h"

static void
insert(struct hash_index *x, struct hash_slot slot)
{
	size_t at = slot.hash & (x->n_slots - 1);

	while (x->slots[at].item != 0)
		at = (at + 1) & (x->n_slots - 1);
	x->slots[at] = slot;
}

bool
hash_index_add(struct hash_index *x, uint64_t hash, size_t item)
{
	if (x->n >= x->n_slots / 2) {
		struct hash_index grown = {
			.n_slots = x->n_slots == 0 ? 16 : x->n_slots * 2,
			.n = x->n,
		};
		grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
		if (grown.slots == NULL)
			return false;
		for (size_t i = 0; i < x->n_slots; i++)
			if (x->slots[i].item != 0)
				insert(&grown, x->slots[i]);
		free(x->slots);
		*x = grown;
	}
	insert(x, (struct hash_slot){ (uint32_t)hash, (uint32_t)item + 1 });
	x->n++;
	return true;
}

void
hash_index_clear(struct hash_index *x)
{
	if (x->n != 0)
		memset(x->slots, 0, x->n_slots * sizeof(*x->slots));
	x->n = 0;
}

void
hash_index_reset(struct hash_index *x)
{
	free(x->slots);
	*x = (struct hash_index){ .n = 0 };
}
