/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/collected.h"
#include "convert/coverage_store.h"
#include "convert/finished_sources.h"
#include "convert/sources.h"
#include "select/select.h"
#include "util/json.h"

#define FLUSH_BYTES ((size_t)1 << 20)

/* --- a run that looks ----------------------------------------------------- */

/* The coverage of a source, to be shown; NULL: nobody looks, or there is none.
 */
static enum rc
read_coverage(
    const struct run *r, uint64_t number, struct coverage **logs, struct err *e)
{
	*logs = NULL;
	if (r->kept == NULL)
		return RC_OK;
	const enum rc rc = coverage_store_get(r->kept, number, logs, e);
	return rc == RC_OK && *logs != NULL ? coverage_end(*logs, e) : rc;
}

/* --- sources that are done ------------------------------------------------ */

static enum rc
close_source(struct run *r, struct pending_source *s, struct err *e)
{
	struct finished_source record;

	memset(&record, 0, sizeof(record));
	record.number = s->number;
	record.line = s->line;
	record.first_time = s->first_time;
	record.head = s->head;
	record.whole = s->whole;
	record.log = s->log;
	memcpy(record.before, s->before, sizeof(record.before));
	const enum rc rc =
	    s->late ? finished_sources_add_deferred(r->done, &record, e)
		    : finished_sources_add(r->done, &record, e);
	return rc == RC_OK && r->kept != NULL
		   ? coverage_store_put(r->kept, s->number, s->coverage, e)
		   : rc;
}

enum rc
sources_close(struct run *r, struct err *e)
{
	struct pending_source *s;
	enum rc rc = RC_OK;

	while ((s = r->lives.first) != NULL && s->read && s->ended &&
	       s->out == 0) {
		rc = close_source(r, s, e);
		if (rc != RC_OK)
			return rc;
		pending_sources_remove_first(&r->lives);
	}
	return rc;
}

/* --- records that were set aside ------------------------------------------ */

static enum rc
add_late(struct run *r, const struct finished_source *record, struct err *e)
{
	char *const name = strdup(record->line.name);
	struct pending_source *const s =
	    name == NULL ? NULL : pending_sources_add(&r->lives, name);
	struct coverage *logs = NULL;

	if (s == NULL)
		return err_nomem(e);
	s->late = true;
	s->ended = true;
	s->number = record->number;
	s->first_time = record->first_time;
	s->log = record->log;
	memcpy(s->before, record->before, sizeof(s->before));
	if (r->kept == NULL)
		return RC_OK;
	const enum rc rc = coverage_store_get(r->kept, s->number, &logs, e);
	if (logs != NULL) {
		coverage_destroy(s->coverage);
		s->coverage = logs;
	}
	return rc;
}

enum rc
sources_late(struct run *r, uint64_t number, struct pending_source **found,
    struct err *e)
{
	struct finished_source record;
	struct pending_source *const last = r->lives.last;
	enum rc rc = RC_OK;

	*found = last;
	if (last != NULL && last->number == number)
		return RC_OK;
	if (last != NULL)
		last->read = true;
	rc = sources_close(r, e);
	do
		rc = rc == RC_OK ? finished_sources_next(r->done, &record, e)
				 : rc;
	while (rc == RC_OK && record.number != number);
	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "records were set aside of source %llu, which was not read",
		    (unsigned long long)number);
	if (rc == RC_OK)
		rc = add_late(r, &record, e);
	*found = r->lives.last;
	return rc;
}

enum rc
sources_late_end(struct run *r, struct err *e)
{
	if (r->lives.last != NULL)
		r->lives.last->read = true;
	return sources_close(r, e);
}

/* --- all of them ---------------------------------------------------------- */

static enum rc
tell(const struct run *r, const struct source_entry *s, uint64_t number,
    struct err *e)
{
	struct coverage *logs;

	if (r->o->watch.source == NULL)
		return RC_OK;
	const enum rc rc = read_coverage(r, number, &logs, e);
	if (rc == RC_OK)
		r->o->watch.source(r->o->watch.ctx, s, logs);
	coverage_destroy(logs);
	return rc;
}

static void
count(struct run *r, const struct source_entry *s)
{
	manifest_count(&r->m->counts, s);
	account_add(&r->m->account, &s->account);
}

/* Lines go to the file in blocks. */
static enum rc
flush(struct run *r, struct buf *lines, size_t from,
    enum rc (*put)(struct writer *w, struct span lines, struct err *e),
    struct err *e)
{
	if (lines->full)
		return buf_fail(lines, "what waits for a file of lines", e);
	if (lines->n < from || lines->n == 0)
		return RC_OK;
	const enum rc rc = put(r->out, buf_span(lines), e);
	buf_cut(lines, 0);
	return rc;
}

static enum rc
write_source(struct run *r, struct finished_source *record, struct buf *lines,
    struct err *e)
{
	struct source_entry *const s = &record->line;
	struct collected where;

	if (!account_closes(&s->account))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the account of %.200s does not close: this is a bug of "
		    "evtxstage",
		    s->name);
	count(r, s);
	unmet_source(r, s, &record->log);
	enum rc rc = collected_find(&where, s, e);
	if (rc == RC_OK && r->o->digests)
		rc = source_entry_write(lines, s, select_reasons, e);
	if (rc == RC_OK)
		rc = tell(r, s, record->number, e);
	collected_reset(&where);
	return rc == RC_OK ? flush(r, lines, FLUSH_BYTES, writer_sources, e)
			   : rc;
}

static enum rc
write_sources(struct run *r, struct buf *lines, struct err *e)
{
	struct finished_source record;
	enum rc rc = RC_OK;

	finished_sources_rewind(r->done);
	while (rc == RC_OK &&
	       (rc = finished_sources_next(r->done, &record, e)) == RC_OK)
		rc = write_source(r, &record, lines, e);
	return rc == RC_END ? flush(r, lines, 0, writer_sources, e) : rc;
}

static enum rc
write_logs(struct run *r, struct buf *lines, struct err *e)
{
	struct cJSON *o;
	enum rc rc = RC_OK;

	if (r->o->coverage == NULL || !r->o->digests)
		return RC_OK;
	for (size_t i = 0;
	     rc == RC_OK && (o = coverage_json(r->o->coverage, i)) != NULL;
	     i++) {
		rc = json_write(lines, o, e);
		json_free(o);
		buf_byte(lines, '\n');
		if (rc == RC_OK)
			rc = flush(r, lines, FLUSH_BYTES, writer_logs, e);
	}
	return rc == RC_OK ? flush(r, lines, 0, writer_logs, e) : rc;
}

enum rc
sources_write(struct run *r, struct err *e)
{
	struct buf lines;

	buf_init(&lines, FLUSH_BYTES + MAXIMUM_LINE);
	enum rc rc = verdict_damage_end(r, e);
	if (rc == RC_OK)
		rc = writer_begin_end(r->out, e);
	if (rc == RC_OK && r->o->coverage != NULL)
		rc = coverage_end(r->o->coverage, e);
	if (rc == RC_OK)
		rc = write_sources(r, &lines, e);
	if (rc == RC_OK)
		rc = write_logs(r, &lines, e);
	buf_reset(&lines);
	if (rc == RC_OK && !account_closes(&r->m->account))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the account of the records does not close: this is a bug "
		    "of evtxstage");
	return rc;
}

void
sources_tell(struct run *r)
{
	struct finished_source record;
	struct err e;

	r->m->counts = (struct manifest_counts){ .sources = 0 };
	r->m->account = r->earlier_account;
	if (r->done == NULL)
		return;
	if (r->o->coverage != NULL)
		(void)coverage_end(r->o->coverage, &e);
	finished_sources_rewind(r->done);
	while (finished_sources_next(r->done, &record, &e) == RC_OK) {
		count(r, &record.line);
		(void)tell(r, &record.line, record.number, &e);
	}
	for (struct pending_source *s = r->lives.first; s != NULL;
	     s = s->next) {
		if (s->late)
			continue;
		count(r, &s->line);
		(void)tell(r, &s->line, s->number, &e);
	}
}
