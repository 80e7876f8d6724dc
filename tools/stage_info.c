/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "coverage/coverage_json.h"
#include "stage/account_json.h"
#include "tools/cli.h"
#include "tools/stage_eids.h"
#include "tools/stage_info.h"
#include "tools/stage_logs.h"
#include "tools/stage_sandbox.h"
#include "tools/stage_sids.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/pages.h"

#define NAME_SHOWN_MAX 16384
#define PAGES_CACHED ((size_t)16)

static void
row_time(FILE *to, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0)
		return;
	*filetime_put((uint8_t *)text, filetime) = '\0';
	(void)fprintf(to, "  %-12s %s\n", name, text);
}

static void
put_account(FILE *to, const struct account *a)
{
	cli_row(to, "records", a->found, "");
	cli_row_notes(to, "damaged", a->damaged,
	    (struct cli_notes){ " record", " records" });
	cli_row_some(to, "regions", a->regions,
	    " damaged byte ranges without a record header");
	cli_row_some(
	    to, "unchecked", a->unchecked, " from chunks whose checksum fails");
	cli_row_some(to, "hidden", a->hidden,
	    " covered by another record; not part of records");
	cli_row_some(to, "repaired", a->repaired, " read after a repair");
	cli_row_some(to, "names", a->names,
	    " that do not match their hash, with good checksums");
	cli_row_some(to, "borrowed", a->borrowed, " whose template is missing");
	cli_row_some(to, "old", a->recovered_filtered,
	    " in free space; not part of records");
	cli_row_some(to, "disagreed", a->disagreements,
	    " read differently by the two decoders");
	cli_row_some(to, "one-sided", a->one_sided,
	    " read by one of the two decoders only");
	row_time(to, "first", a->first_time);
	row_time(to, "last", a->last_time);
}

/* The stream of the table: standard output, unless chunks or SIDs go there. */
static FILE *
table_stream(const struct stage_options *o)
{
	return o->chunks || o->sids ? stderr : stdout;
}

static void
put_source(FILE *to, const struct source_entry *s, const struct coverage *logs)
{
	const char *const copy = copy_kind_name(&s->copy);
	char name[NAME_SHOWN_MAX];

	(void)fprintf(to, "%s\n", cli_tame(name, sizeof(name), s->name));
	cli_row_some(to, "bytes", s->bytes, "");
	cli_row_some(to, "chunks", s->chunks, "");
	cli_row_some(to, "bad chunks", s->chunks_bad, "");
	put_account(to, &s->account);
	if (copy != NULL)
		(void)fprintf(to, "  %-12s %s\n", "copy", copy);
	if (logs != NULL)
		stage_logs_table(to, logs);
	if (s->error != NULL)
		(void)fprintf(to, "  %-12s %s\n", "error",
		    cli_tame(name, sizeof(name), s->error));
}

/* --- the list of sources -------------------------------------------------- */

void
stage_info_free(struct stage_info_list *list)
{
	pages_destroy(list->texts);
	list->texts = NULL;
}

/* Append the JSON text of a source to the list. */
static enum rc
add_source(struct stage_info_list *list, const struct cJSON *one, struct err *e)
{
	const struct pages_options o = {
		.dirfd = -1, .scratch = list->scratch, .cached = PAGES_CACHED
	};
	struct buf text;

	buf_init(&text, MAXIMUM_MANIFEST);
	if (list->n != 0)
		buf_byte(&text, ',');
	enum rc rc = json_write(&text, one, e);
	if (rc == RC_OK && text.full)
		rc = err_nomem(e);
	if (rc == RC_OK && list->texts == NULL)
		rc = pages_create(&list->texts, &o, e);
	if (rc == RC_OK)
		rc = pages_write(list->texts, list->n, buf_span(&text), e);
	list->n += text.n;
	buf_reset(&text);
	return rc;
}

void
stage_info_source(const struct stage_options *o, struct stage_info_list *list,
    const struct source_entry *s, const struct coverage *logs)
{
	if (!o->json) {
		put_source(table_stream(o), s, logs);
		return;
	}
	if (list->err.rc != RC_OK)
		return;
	struct cJSON *const one = source_entry_json(s, select_reasons);
	if (logs != NULL)
		coverage_json_source(logs, one);
	(void)add_source(list, one, &list->err);
	json_free(one);
}

/* --- the whole ------------------------------------------------------------ */

/* Append the members of an object, without its braces. */
static enum rc
put_members(struct buf *text, struct cJSON *o, struct err *e)
{
	struct buf whole;

	buf_init(&whole, MAXIMUM_MANIFEST);
	enum rc rc = json_write(&whole, o, e);
	json_free(o);
	if (rc == RC_OK && whole.full)
		rc = err_nomem(e);
	if (rc == RC_OK)
		buf_put(text, span_of(whole.p + 1, whole.n - 2));
	buf_reset(&whole);
	return rc;
}

/* Print the object, once all of it is in memory or on disk. */
static enum rc
put_json(FILE *to, const struct stage_report *r,
    const struct stage_info_list *list, struct err *e)
{
	char block[PAGES_BYTES];
	struct buf head;
	struct buf tail;

	if (list->err.rc != RC_OK) {
		*e = list->err;
		return e->rc;
	}
	struct cJSON *const before = json_object();
	struct cJSON *const behind = json_object();
	json_add_text(before, "program", "evtxstage");
	json_add_text(before, "version", r->m->tool_version);
	json_add_number(before, "exit", r->status);
	json_add_bool(before, "finished", r->error == NULL);
	manifest_passed(r->m, behind);
	json_add(
	    behind, "accounting", account_json(&r->m->account, select_reasons));
	coverage_json_run(r->coverage, behind);
	if (r->o->eids)
		stage_eids_json(r->event_counts, behind);
	json_add_number(behind, "seconds", r->seconds);
	buf_init(&head, MAXIMUM_MANIFEST);
	buf_init(&tail, MAXIMUM_MANIFEST);
	buf_byte(&head, '{');
	enum rc rc = put_members(&head, before, e);
	buf_str(&head, ",\"sources\":[");
	buf_str(&tail, "],");
	const enum rc last = put_members(&tail, behind, e);
	rc = rc == RC_OK ? last : rc;
	buf_str(&tail, "}\n");
	if (rc == RC_OK && (head.full || tail.full))
		rc = err_nomem(e);
	if (rc == RC_OK)
		(void)fwrite(head.p, 1, head.n, to);
	for (uint64_t at = 0; rc == RC_OK && at < list->n;) {
		const uint64_t left = list->n - at;
		const size_t n =
		    left < sizeof(block) ? (size_t)left : sizeof(block);
		rc = pages_read(list->texts, at, block, n, e);
		(void)fwrite(block, 1, n, to);
		at += n;
	}
	if (rc == RC_OK)
		(void)fwrite(tail.p, 1, tail.n, to);
	buf_reset(&head);
	buf_reset(&tail);
	return rc;
}

enum rc
stage_info(
    const struct stage_report *r, struct stage_info_list *list, struct err *e)
{
	FILE *const to = table_stream(r->o);
	const struct manifest *const m = r->m;
	enum rc rc = RC_OK;

	if (r->event_counts != NULL)
		event_counts_sort(r->event_counts);
	if (r->o->json) {
		rc = put_json(to, r, list, e);
	} else {
		cli_row_notes(to, "passed over", m->passed_over,
		    (struct cli_notes){ " file that is not a log",
			" files that are not logs" });
		cli_row_some(to, "unseen", m->unseen,
		    " of them, which could not be opened");
	}
	if (!r->o->json && m->counts.sources != 1) {
		(void)fprintf(to, "%llu sources, %llu damaged or unreadable\n",
		    (unsigned long long)m->counts.sources,
		    (unsigned long long)m->counts.bad);
		put_account(to, &m->account);
		stage_logs_sum(to, r->coverage);
	}
	if (!r->o->json && r->o->eids)
		stage_eids_table(to, r->event_counts);
	if (rc == RC_OK && r->o->sids)
		rc = stage_sids(stdout, r->event_counts, e);
	if (rc == RC_OK && (fflush(to) != 0 || ferror(to) != 0))
		return err_sys(e, RC_FATAL, "write the table");
	return rc;
}
