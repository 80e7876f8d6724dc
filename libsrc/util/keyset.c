/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "util/key_runs.h"
#include "util/keyset.h"
#include "util/mix.h"

struct keyset {
	struct key_table table;
	struct key_runs *runs;
};

/* The table may use five eighths of the memory, the runs may use the rest. */
enum rc
keyset_create(struct keyset **sp, const struct keyset_options *o, struct err *e)
{
	struct keyset *const s = calloc(1, sizeof(*s));
	const size_t memory =
	    o->memory < KEYSET_MEMORY_MIN ? KEYSET_MEMORY_MIN : o->memory;
	const struct key_runs_options runs = { o->dirfd, o->scratch,
		memory / 8 * 3 };

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	const enum rc rc = key_runs_create(&s->runs, &runs, e);
	return rc == RC_OK ? key_table_init(&s->table, memory / 8 * 5, e) : rc;
}

void
keyset_destroy(struct keyset *s)
{
	if (s == NULL)
		return;
	key_table_reset(&s->table);
	key_runs_destroy(s->runs);
	free(s);
}

void
keyset_prefetch(const struct keyset *s, const uint64_t key[2])
{
#ifdef __GNUC__
	const struct key_entry *const at = key_table_start(&s->table, key);

	__builtin_prefetch(at);
	__builtin_prefetch(at + 3); /* load the next cache line of the table */
#endif
	key_runs_prefetch(s->runs, key);
}

static enum rc
find(struct keyset *s, const uint64_t key[2], struct key_entry *found,
    bool *is_there, struct err *e)
{
	const struct key_entry *const here = key_table_find(&s->table, key);

	*is_there = here != NULL;
	if (here == NULL)
		return key_runs_find(s->runs, key, found, is_there, e);
	*found = *here;
	return RC_OK;
}

static enum rc
add(struct keyset *s, const struct key_entry *entry, struct err *e)
{
	if (key_table_add(&s->table, entry))
		return RC_OK;
	const size_t n = s->table.n;
	const enum rc rc =
	    key_runs_add(s->runs, key_table_sort(&s->table), n, e);
	key_table_clear(&s->table);
	if (rc != RC_OK || key_table_add(&s->table, entry))
		return rc;
	return err_nomem(e); /* cannot happen: the table is empty */
}

/* The entry for a further row with the same key. Its key is computed from the
 * record's key and the row digest, so that each row of a key is found with one
 * lookup. */
static struct key_entry
of_row(const struct key_entry *record)
{
	struct key_entry of = *record;

	of.key[0] ^= mix_word(1, record->row);
	of.key[1] ^= mix_word(2, record->row);
	return of;
}

enum rc
keyset_add(struct keyset *s, const struct key_entry *record,
    enum keyset_answer *answer, struct err *e)
{
	struct key_entry found;
	bool is_there;

	enum rc rc = find(s, record->key, &found, &is_there, e);
	*answer = is_there ? KEYSET_AGAIN : KEYSET_NEW;
	if (rc != RC_OK || (is_there && found.row == record->row))
		return rc;
	if (!is_there)
		return add(s, record, e);
	const struct key_entry other = of_row(record);
	rc = find(s, other.key, &found, &is_there, e);
	if (rc != RC_OK || is_there)
		return rc;
	*answer = KEYSET_CONFLICT;
	return add(s, &other, e);
}
