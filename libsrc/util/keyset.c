/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "util/keyset.h"

#define FIRST_SLOTS ((size_t)1 << 12)

void
keyset_free(struct keyset *s)
{
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

static bool
is_free(const struct keyset_key *k)
{
	return k->word[0] == 0 && k->word[1] == 0;
}

/* Where a key is, or where it would go. */
static struct keyset_key *
find(const struct keyset *s, const struct keyset_key *key)
{
	size_t at = (size_t)key->word[0] & (s->cap - 1);

	while (!is_free(&s->slots[at]) &&
	       memcmp(&s->slots[at], key, sizeof(*key)) != 0)
		at = (at + 1) & (s->cap - 1);
	return &s->slots[at];
}

static enum rc
grow(struct keyset *s, struct err *e)
{
	struct keyset more = { .cap = s->cap == 0 ? FIRST_SLOTS : s->cap * 2,
		.n = s->n };

	if (s->n == KEYSET_MAX)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "there are more than %llu records to tell apart",
		    (unsigned long long)KEYSET_MAX);
	if (s->n * 2 < s->cap)
		return RC_OK;
	more.slots = calloc(more.cap, sizeof(*more.slots));
	if (more.slots == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < s->cap; i++) {
		if (!is_free(&s->slots[i]))
			*find(&more, &s->slots[i]) = s->slots[i];
	}
	free(s->slots);
	*s = more;
	return RC_OK;
}

enum rc
keyset_add(
    struct keyset *s, const struct keyset_key *key, bool *again, struct err *e)
{
	const enum rc rc = grow(s, e);

	if (rc != RC_OK)
		return rc;
	struct keyset_key *const slot = find(s, key);
	*again = !is_free(slot);
	if (*again)
		return RC_OK;
	*slot = *key;
	s->n++;
	return RC_OK;
}
