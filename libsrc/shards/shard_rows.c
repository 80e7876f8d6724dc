/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/row_digest.h"
#include "schema/schema.h"
#include "shards/shard_rows.h"
#include "stage/record_key.h"
#include "util/keyset.h"
#include "util/sorter.h"

struct shard_rows {
	struct shard_rows_options o;
	struct keyset *keys;
	struct sorter *duplicates; /* duplicates, each a struct place */
};

/* The shard and the position of a duplicate row. */
struct place {
	uint64_t shard;
	struct skip_list_row row;
};

static int
by_place(const void *a, const void *b)
{
	const struct place *const x = a;
	const struct place *const y = b;

	if (x->shard != y->shard)
		return x->shard < y->shard ? -1 : 1;
	if (x->row.segment != y->row.segment)
		return x->row.segment < y->row.segment ? -1 : 1;
	return (x->row.offset > y->row.offset) -
	       (x->row.offset < y->row.offset);
}

enum rc
shard_rows_create(
    struct shard_rows **sp, const struct shard_rows_options *o, struct err *e)
{
	const struct keyset_options keys = { -1, o->scratch, o->key_memory };
	const struct sorter_options places = { by_place, o->scratch, 0 };
	struct shard_rows *const s = calloc(1, sizeof(*s));

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	s->o = *o;
	const enum rc rc = keyset_create(&s->keys, &keys, e);
	return rc == RC_OK ? sorter_create(&s->duplicates, &places, e) : rc;
}

void
shard_rows_destroy(struct shard_rows *s)
{
	if (s == NULL)
		return;
	keyset_destroy(s->keys);
	sorter_destroy(s->duplicates);
	free(s);
}

/* --- adding --------------------------------------------------------------- */

struct scan {
	struct shard_rows *s;
	const struct schema *schema;
	bool ecs;
	struct place place; /* shard and position of the current row */
};

static enum rc
add_duplicate(struct scan *scan, const struct scan_line *line, struct err *e)
{
	scan->s->o.counts->duplicates++;
	scan->place.row.offset = line->offset;
	scan->place.row.length = line->length + 1;
	return sorter_add(
	    scan->s->duplicates, span_of(&scan->place, sizeof(scan->place)), e);
}

static enum rc
add_row(void *arg, const struct scan_line *line, struct err *e)
{
	struct scan *const scan = arg;
	struct shard_rows_counts *const counts = scan->s->o.counts;
	const struct span hex = record_key_find(line->text, scan->ecs);
	enum keyset_answer answer = KEYSET_NEW;
	struct key_entry entry;
	uint8_t key[sizeof(entry.key)];

	if (*scan->s->o.stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	counts->rows++;
	memset(entry.key, 0, sizeof(entry.key));
	if (hex.n == 2 * sizeof(key) && digest_unhex(hex, key))
		memcpy(entry.key, key, sizeof(key));
	if (entry.key[0] == 0 && entry.key[1] == 0) {
		counts->without_key++;
		return RC_OK;
	}
	entry.row = row_digest_of_line(scan->schema, line->text);
	const enum rc rc = keyset_add(scan->s->keys, &entry, &answer, e);
	counts->conflicts += rc == RC_OK && answer == KEYSET_CONFLICT;
	return rc == RC_OK && answer == KEYSET_AGAIN
		   ? add_duplicate(scan, line, e)
		   : rc;
}

enum rc
shard_rows_add(struct shard_rows *s, uint32_t shard, const struct reader *r,
    bool recovered, struct err *e)
{
	struct scan scan = { s, schema_find(reader_schema(r)),
		strcmp(reader_schema(r), "ecs") == 0, { .shard = shard } };
	const struct scan_visit visit = { add_row, &scan };
	enum rc rc = RC_OK;

	if (scan.schema == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%.200s has an unknown schema: %.60s", reader_dir(r),
		    reader_schema(r));
	for (size_t i = 0; rc == RC_OK && i < reader_count(r); i++) {
		const struct reader_segment *const one = reader_segment(r, i);
		scan.place.row.segment = one->number;
		if (one->recovered == recovered)
			rc = reader_scan(r, i, &visit, e);
	}
	return rc;
}

/* --- duplicates ----------------------------------------------------------- */

enum rc
shard_rows_finish(struct shard_rows *s, struct err *e)
{
	return sorter_finish(s->duplicates, e);
}

enum rc
shard_rows_each(const struct shard_rows *s,
    const struct shard_rows_visit *visit, struct err *e)
{
	struct sorter_reader *reader = NULL;
	struct span bytes;
	struct place place;
	enum rc rc = sorter_read(&reader, s->duplicates, e);

	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK) {
		memcpy(&place, bytes.p, sizeof(place));
		rc = visit->row(
		    visit->arg, (uint32_t)place.shard, &place.row, e);
	}
	sorter_reader_destroy(reader);
	return rc == RC_END ? RC_OK : rc;
}
