/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/duplicate_records.h"
#include "convert/key_journal.h"
#include "schema/row_digest.h"
#include "stage/record_key.h"

struct duplicate_records {
	enum dedupe mode;
	struct keyset *seen;
	/* All keys in a file, to resume the run; NULL: it cannot be resumed. */
	struct key_journal *journal;
	/* Schema of the rows that the staging had before the run. */
	const struct schema *schema;
};

enum rc
duplicate_records_create(struct duplicate_records **dp,
    const struct duplicate_records_options *o, struct err *e)
{
	const struct keyset_options keys = { o->dirfd, o->scratch, o->memory };
	struct duplicate_records *const d = calloc(1, sizeof(*d));

	*dp = d;
	if (d == NULL)
		return err_nomem(e);
	d->mode = o->mode;
	if (d->mode == DEDUPE_NONE)
		return RC_OK;
	const enum rc rc = keyset_create(&d->seen, &keys, e);
	return rc == RC_OK && o->journal
		   ? key_journal_create(&d->journal, o->dirfd, e)
		   : rc;
}

void
duplicate_records_destroy(struct duplicate_records *d)
{
	if (d == NULL)
		return;
	keyset_destroy(d->seen);
	key_journal_destroy(d->journal);
	free(d);
}

enum rc
duplicate_records_remove(
    struct duplicate_records *d, struct job *j, struct err *e)
{
	const struct lines *const l = &j->out;
	size_t key = 0;

	if (d->mode == DEDUPE_NONE)
		return RC_OK;
	/* There is one set for all sources, because the lines of deferred
	 * records are made when their source is long finished. */
	enum rc rc = dedupe_lines(
	    d->seen, d->mode == DEDUPE_FILE ? j->source + 1 : 0, &j->out, e);
	for (size_t i = 0; rc == RC_OK && i < j->n_pieces; i++) {
		struct job_piece *const p = &j->pieces[i];
		for (; key < p->keys; key++)
			dedupe_count(&p->account, &l->keys[key]);
	}
	for (size_t i = 0; d->journal != NULL && rc == RC_OK && i < l->n_keys;
	     i++) {
		if (l->keys[i].answer != KEYSET_AGAIN && !l->keys[i].none)
			rc = key_journal_add(d->journal, &l->keys[i].entry, e);
	}
	return rc;
}

/* Add the key of a row that is already in the staging. */
static enum rc
add_row(void *arg, const struct scan_line *line, struct err *e)
{
	const struct duplicate_records *const d = arg;
	const struct span hex =
	    record_key_find(line->text, d->schema == &schema_ecs);
	uint8_t bytes[sizeof(uint64_t[2])];
	enum keyset_answer answer;
	struct key_entry entry;

	if (hex.n == 0 || !digest_unhex(hex, bytes))
		return RC_OK;
	memcpy(entry.key, bytes, sizeof(entry.key));
	entry.row = row_digest_of_line(d->schema, line->text);
	return keyset_add(d->seen, &entry, &answer, e);
}

enum rc
duplicate_records_add_base(struct duplicate_records *d, struct writer *out,
    const struct schema *schema, struct err *e)
{
	const struct scan_visit visit = { add_row, d };

	d->schema = schema;
	return d->mode == DEDUPE_RUN ? writer_base_lines(out, &visit, e)
				     : RC_OK;
}

enum rc
duplicate_records_write_state(
    struct duplicate_records *d, struct state_writer *w, struct err *e)
{
	return d->journal == NULL ? RC_OK
				  : key_journal_write_state(d->journal, w, e);
}

enum rc
duplicate_records_read_state(
    struct duplicate_records *d, struct state_reader *r, struct err *e)
{
	return d->journal == NULL
		   ? RC_OK
		   : key_journal_read_state(d->journal, d->seen, r, e);
}
