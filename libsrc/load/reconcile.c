/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/history.h"
#include "load/expected.h"
#include "load/reconcile.h"
#include "load/reconcile_kql.h"
#include "load/reconcile_online.h"
#include "load/report_file.h"
#include "load/target.h"
#include "util/json.h"
#include "util/scratch.h"

struct reconcile {
	const struct load_run *run;
	const struct reconcile_options *o;
	struct reconcile_report *report;
	struct reconcile_names names;
	struct expected expected;
	/* Checkpoint of the run; NULL: there is none. */
	struct checkpoint *checkpoint;
	/* Columns whose content is compared; NULL: only keys are compared. */
	struct row_content *content;
	char since[32];
	int dir; /* folder of the checkpoint */
	struct scratch scratch;
	struct report_file file;
	uint64_t lines; /* number of elements in the current list */
};

/* --- expected.json ------------------------------------------------------- */

static enum rc
put_batch(void *arg, const struct expected_batch *b, struct err *e)
{
	struct reconcile *const r = arg;
	struct buf *const out = &r->file.out;
	char hex[DIGEST_HEX] = "";

	buf_fmt(out, "%s{\"rows\":%" PRIu64 ",\"keys\":%" PRIu64,
	    r->lines++ > 0 ? ",\n" : "\n", b->rows, b->keys);
	if (b->planned) {
		digest_hex(b->batch->key, DIGEST_BYTES, hex);
		report_file_put(&r->file, "batch", hex);
	}
	report_file_put(&r->file, "segment", b->segment);
	report_file_put(&r->file, "sha256", b->sha256);
	buf_fmt(out,
	    ",\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"refused\":%s}",
	    b->batch->offset, b->batch->length,
	    b->batch->status == BATCH_REFUSED ? "true" : "false");
	return report_file_flush(&r->file, e);
}

static enum rc
put_group(void *arg, const struct expected_group *g, struct err *e)
{
	struct reconcile *const r = arg;
	struct buf *const out = &r->file.out;

	buf_fmt(out, "%s{\"computer\":\"", r->lines++ > 0 ? ",\n" : "\n");
	buf_put(out, g->computer);
	buf_str(out, "\",\"channel\":\"");
	buf_put(out, g->channel);
	buf_str(out, "\",\"hour\":\"");
	buf_put(out, g->hour);
	buf_fmt(out, "\",\"rows\":%" PRIu64 ",\"keys\":%" PRIu64 "}", g->rows,
	    g->keys);
	return report_file_flush(&r->file, e);
}

static enum rc
write_expected(struct reconcile *r, struct err *e)
{
	const struct expected_options o = { .run = r->run,
		.checkpoint = r->checkpoint,
		.scratch = &r->scratch,
		.content = r->content,
		.batch = put_batch,
		.arg = r };
	struct buf *const out = &r->file.out;
	enum rc rc = report_file_open(&r->file, r->dir, "expected.json", e);

	if (rc == RC_OK) {
		buf_str(out, "{\"table\":");
		json_put(out, span_str(r->names.table));
		report_file_put(&r->file, "since", r->since);
		buf_str(out, ",\"batches\":[");
		r->lines = 0;
		rc = expected_create(&r->expected, &o, e);
	}
	if (rc == RC_OK) {
		buf_str(out, "],\n\"groups\":[");
		r->lines = 0;
		rc = expected_groups(&r->expected, put_group, r, e);
	}
	if (rc == RC_OK) {
		buf_fmt(out,
		    "],\n\"rows\":%" PRIu64 ",\"keyless\":%" PRIu64
		    ",\"refused\":%" PRIu64 "}\n",
		    r->expected.rows, r->expected.keyless, r->expected.refused);
		rc = report_file_publish(&r->file, e);
	}
	report_file_close(&r->file);
	return rc;
}

/* --- what is compared ---------------------------------------------------- */

/* The table is named by --table, else by the stream (Custom-TABLE), else by the
 * schema. All stagings must be in one table. */
static enum rc
set_names(struct reconcile *r, struct err *e)
{
	const char *const schema = reader_schema(r->run->stagings[0].reader);
	const char *const stream = r->run->target->stream;
	const char *table = r->o->table;

	for (size_t i = 1; i < r->run->n; i++) {
		const char *const other =
		    reader_schema(r->run->stagings[i].reader);
		if (strcmp(schema, other) != 0)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the stagings have different schemas, so their "
			    "rows are in different tables: %s and %s",
			    schema, other);
	}
	if (table == NULL && stream != NULL &&
	    strncmp(stream, "Custom-", 7) == 0)
		table = stream + 7;
	reconcile_kql_names(schema, table, &r->names);
	table = r->names.table;
	const size_t n = strlen(table);
	if (n > 0 && n < 128 &&
	    strspn(table, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789_") == n &&
	    (table[0] < '0' || table[0] > '9'))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--table must be the name of a table: letters, digits and _: %.60s",
	    table);
}

static enum rc
set_content(struct reconcile *r, struct err *e)
{
	const struct load_staging *const staging = &r->run->stagings[0];
	const struct row_content_options o = { .schema = reader_schema(
						   staging->reader),
		.table = staging->table,
		.columns = r->o->content };

	return r->o->content != NULL ? row_content_create(&r->content, &o, e)
				     : RC_OK;
}

static enum rc
run_offline(struct reconcile *r, struct err *e)
{
	const char *const path = r->run->target->state;
	enum rc rc = set_names(r, e);

	if (rc == RC_OK)
		rc = set_content(r, e);

	if (rc != RC_OK)
		return rc;
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_sys(e, RC_FATAL, "create %s", path);
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir == -1)
		return err_sys(e, RC_FATAL, "open %s", path);
	rc = target_view_checkpoint(r->run->target, &r->checkpoint, e);
	if (rc == RC_OK)
		rc = history_first_attempt(r->checkpoint, r->since, e);
	if (rc == RC_OK || rc == RC_END)
		rc = write_expected(r, e);
	r->report->rows = r->expected.rows;
	r->report->keyless = r->expected.keyless;
	r->report->refused = r->expected.refused;
	if (rc != RC_OK)
		return rc;
	rc = report_file_open(&r->file, r->dir, "reconcile.kql", e);
	if (rc == RC_OK)
		rc = reconcile_kql(
		    &r->file, &r->expected, &r->names, r->since, e);
	if (rc == RC_OK)
		rc = report_file_publish(&r->file, e);
	report_file_close(&r->file);
	return rc;
}

enum rc
reconcile_run(const struct load_run *run, const struct reconcile_options *o,
    struct reconcile_report *report, struct err *e)
{
	struct reconcile r = { .run = run,
		.o = o,
		.report = report,
		.dir = -1,
		.scratch = { .dir = run->target->state },
		.file = { .fd = -1 } };
	struct reconcile_online online = { .run = run,
		.o = o,
		.expected = &r.expected,
		.names = &r.names,
		.since = r.since,
		.scratch = &r.scratch,
		.report = report };
	enum rc rc = RC_OK;

	memset(report, 0, sizeof(*report));
	if (o->workspace != NULL)
		rc = reconcile_online_check(run, o, e);
	if (rc == RC_OK)
		rc = run_offline(&r, e);
	/* Resending opens the checkpoint for writing, which this open
	 * checkpoint would block. */
	checkpoint_close(r.checkpoint);
	online.dir = r.dir;
	online.content = r.content;
	if (rc == RC_OK && o->workspace != NULL)
		rc = reconcile_online(&online, e);
	expected_destroy(&r.expected);
	row_content_destroy(r.content);
	if (r.dir != -1)
		(void)close(r.dir);
	return rc;
}
