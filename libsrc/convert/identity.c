/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/identity.h"
#include "util/mix.h"

#define FIRST_SLOTS 256U

/* Numbers by keys, in open addressing; less than half full. */
struct table {
	struct slot {
		uint64_t key;
		size_t number; /* counted from 1; 0: a free slot */
	} * slots;
	size_t cap; /* a power of 2 */
	size_t n;
};

struct identity {
	struct table heads;
	struct table digests;
	bool doubt;
};

/* Where a key is, or where it would go. */
static struct slot *
find_slot(const struct table *t, uint64_t key)
{
	size_t at = (size_t)key & (t->cap - 1);

	while (t->slots[at].number != 0 && t->slots[at].key != key)
		at = (at + 1) & (t->cap - 1);
	return &t->slots[at];
}

static enum rc
grow(struct table *t, struct err *e)
{
	struct table more = { .cap = t->cap == 0 ? FIRST_SLOTS : t->cap * 2,
		.n = t->n };

	if (t->n * 2 < t->cap)
		return RC_OK;
	more.slots = calloc(more.cap, sizeof(*more.slots));
	if (more.slots == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < t->cap; i++) {
		if (t->slots[i].number != 0)
			*find_slot(&more, t->slots[i].key) = t->slots[i];
	}
	free(t->slots);
	*t = more;
	return RC_OK;
}

/* *again: it was there before. */
static enum rc
put(struct table *t, uint64_t key, size_t number, bool *again, struct err *e)
{
	const enum rc rc = grow(t, e);

	if (rc != RC_OK)
		return rc;
	struct slot *const slot = find_slot(t, key);
	*again = slot->number != 0;
	if (*again)
		return RC_OK;
	*slot = (struct slot){ key, number };
	t->n++;
	return RC_OK;
}

enum rc
identity_create(struct identity **ip, struct err *e)
{
	*ip = calloc(1, sizeof(**ip));
	return *ip == NULL ? err_nomem(e) : RC_OK;
}

void
identity_destroy(struct identity *i)
{
	if (i == NULL)
		return;
	free(i->heads.slots);
	free(i->digests.slots);
	free(i);
}

#define SAVED_MAX ((size_t)1 << 32)

static enum rc
save_slots(const struct table *t, struct save *s)
{
	for (size_t i = 0; i < t->cap; i++) {
		uint64_t number = t->slots[i].number;
		if (number == 0)
			continue;
		save_u64(s, "sum", &t->slots[i].key);
		save_u64(s, "of", &number);
	}
	return RC_OK;
}

static enum rc
save_table(struct table *t, struct save *s, struct err *e)
{
	size_t n = t->n;
	enum rc rc = RC_OK;

	save_count(s, "sums", &n, SAVED_MAX);
	if (!save_reads(s))
		return save_slots(t, s);
	for (; rc == RC_OK && n > 0 && s->wrong == NULL; n--) {
		uint64_t key = 0;
		uint64_t number = 0;
		bool again;
		save_u64(s, "sum", &key);
		save_u64(s, "of", &number);
		rc = put(t, key, (size_t)number, &again, e);
	}
	return rc;
}

enum rc
identity_save(struct identity *i, struct save *s, struct err *e)
{
	const enum rc rc = save_table(&i->heads, s, e);

	save_bool(s, "doubt", &i->doubt);
	return rc == RC_OK ? save_table(&i->digests, s, e) : rc;
}

enum rc
identity_begins(
    struct identity *i, struct span head, bool *again, struct err *e)
{
	const enum rc rc = put(&i->heads, mix_bytes(0, head), 1, again, e);

	*again = *again || i->doubt;
	return rc;
}

void
identity_doubt(struct identity *i)
{
	i->doubt = true;
}

enum rc
identity_whole(
    struct identity *i, const struct manifest *m, size_t source, struct err *e)
{
	bool again;

	return put(&i->digests,
	    mix_bytes(0, span_str(m->sources[source].sha256)), source + 1,
	    &again, e);
}

const char *
identity_find(const struct identity *i, const struct manifest *m,
    const char sha256[DIGEST_HEX], uint64_t *bytes)
{
	if (i->digests.cap == 0)
		return NULL;
	const struct slot *const slot =
	    find_slot(&i->digests, mix_bytes(0, span_str(sha256)));
	if (slot->number == 0)
		return NULL;
	const struct manifest_source *const s = &m->sources[slot->number - 1];
	if (strcmp(s->sha256, sha256) != 0)
		return NULL;
	*bytes = s->bytes;
	return s->name;
}
