/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
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
	struct expected expect;
	struct checkpoint *state; /* NULL: there is no checkpoint */
	char since[32];
	int dir; /* of the checkpoint */
	struct scratch scratch;
	struct report_file file;
	uint64_t lines; /* of an open list */
};

/* --- expected.json ------------------------------------------------------- */

static unsigned long long
u(uint64_t v)
{
	return v;
}

static enum rc
put_batch(void *arg, const struct expected_batch *b, struct err *e)
{
	struct reconcile *const r = arg;
	struct buf *const out = &r->file.out;
	char hex[DIGEST_HEX] = "";

	if (b->planned)
		digest_hex(b->batch->key, DIGEST_BYTES, hex);
	buf_fmt(out, "%s{\"rows\":%llu,\"keys\":%llu",
	    r->lines++ > 0 ? ",\n" : "\n", u(b->rows), u(b->keys));
	if (b->planned)
		report_file_put(&r->file, "batch", hex);
	report_file_put(&r->file, "segment", b->segment);
	report_file_put(&r->file, "sha256", b->sha256);
	buf_fmt(out, ",\"offset\":%llu,\"length\":%llu,\"refused\":%s}",
	    u(b->batch->offset), u(b->batch->length),
	    b->batch->status == BATCH_REFUSED ? "true" : "false");
	return report_file_flush(&r->file, e);
}

static enum rc
put_group(void *arg, const struct expected_group *g, struct err *e)
{
	struct reconcile *const r = arg;
	struct buf *const out = &r->file.out;

	buf_str(
	    out, r->lines++ > 0 ? ",\n{\"computer\":\"" : "\n{\"computer\":\"");
	buf_put(out, g->computer);
	buf_str(out, "\",\"channel\":\"");
	buf_put(out, g->channel);
	buf_str(out, "\",\"hour\":\"");
	buf_put(out, g->hour);
	buf_fmt(out, "\",\"rows\":%llu,\"keys\":%llu}", u(g->rows), u(g->keys));
	return report_file_flush(&r->file, e);
}

static enum rc
write_expected(struct reconcile *r, struct err *e)
{
	const struct expected_options o = { .run = r->run,
		.state = r->state,
		.scratch = &r->scratch,
		.batch = put_batch,
		.arg = r };
	struct buf *const out = &r->file.out;
	enum rc rc = report_file_open(&r->file, r->dir, "expected.json", e);

	if (rc != RC_OK)
		return rc;
	buf_str(out, "{\"table\":");
	json_put(out, span_str(r->names.table));
	report_file_put(&r->file, "since", r->since);
	buf_str(out, ",\"batches\":[");
	r->lines = 0;
	rc = expected_create(&r->expect, &o, e);
	buf_str(out, "],\n\"groups\":[");
	r->lines = 0;
	if (rc == RC_OK)
		rc = expected_groups(&r->expect, put_group, r, e);
	buf_fmt(out, "],\n\"rows\":%llu,\"keyless\":%llu,\"refused\":%llu}\n",
	    u(r->expect.rows), u(r->expect.keyless), u(r->expect.refused));
	if (rc == RC_OK)
		rc = report_file_publish(&r->file, e);
	report_file_close(&r->file);
	return rc;
}

static enum rc
write_kql(struct reconcile *r, struct err *e)
{
	enum rc rc = report_file_open(&r->file, r->dir, "reconcile.kql", e);

	if (rc == RC_OK)
		rc =
		    reconcile_kql(&r->file, &r->expect, &r->names, r->since, e);
	if (rc == RC_OK)
		rc = report_file_publish(&r->file, e);
	report_file_close(&r->file);
	return rc;
}

/* --- what is compared ---------------------------------------------------- */

static enum rc
open_folder(struct reconcile *r, struct err *e)
{
	const char *const path = r->run->target->state;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_sys(e, RC_FATAL, "create %s", path);
	r->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->dir == -1 ? err_sys(e, RC_FATAL, "open %s", path) : RC_OK;
}

/* A stream has the name of its table behind the first hyphen, unless its user
 * says otherwise. */
static const char *
table_of(const struct reconcile *r)
{
	const char *const stream = r->run->target->stream;

	if (r->o->table != NULL)
		return r->o->table;
	return stream != NULL && strncmp(stream, "Custom-", 7) == 0 ? stream + 7
								    : NULL;
}

static enum rc
check_table(const struct reconcile *r, struct err *e)
{
	const char *const name = r->names.table;
	const size_t n = strlen(name);

	if (n > 0 && n < 128 &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_") == n &&
	    (name[0] < '0' || name[0] > '9'))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--table must be the name of a table: letters, digits and _: %.60s",
	    name);
}

static enum rc
set_names(struct reconcile *r, struct err *e)
{
	const char *const schema = reader_schema(r->run->stagings[0].reader);

	for (size_t i = 1; i < r->run->n; i++) {
		const char *const other =
		    reader_schema(r->run->stagings[i].reader);
		if (strcmp(schema, other) != 0)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the stagings have different schemas, so their "
			    "rows are in different tables: %s and %s",
			    schema, other);
	}
	reconcile_kql_names(schema, table_of(r), &r->names);
	return check_table(r, e);
}

static enum rc
open_checkpoint(struct reconcile *r, struct err *e)
{
	enum rc rc = target_view_checkpoint(r->run->target, &r->state, e);

	if (rc == RC_END)
		return RC_OK;
	return rc == RC_OK ? history_first_attempt(r->state, r->since, e) : rc;
}

static enum rc
offline(struct reconcile *r, struct err *e)
{
	enum rc rc = set_names(r, e);

	if (rc == RC_OK)
		rc = open_folder(r, e);
	if (rc == RC_OK)
		rc = open_checkpoint(r, e);
	if (rc == RC_OK)
		rc = write_expected(r, e);
	r->report->rows = r->expect.rows;
	r->report->keyless = r->expect.keyless;
	r->report->refused = r->expect.refused;
	return rc == RC_OK ? write_kql(r, e) : rc;
}

static enum rc
online(struct reconcile *r, struct err *e)
{
	struct reconcile_online o = { .run = r->run,
		.o = r->o,
		.expect = &r->expect,
		.names = &r->names,
		.since = r->since,
		.dir = r->dir,
		.scratch = &r->scratch,
		.report = r->report };

	return reconcile_online(&o, e);
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

	memset(report, 0, sizeof(*report));
	enum rc rc =
	    o->workspace == NULL ? RC_OK : reconcile_online_check(run, o, e);
	if (rc == RC_OK)
		rc = offline(&r, e);
	/* A reader's lock on the checkpoint is not to last. */
	checkpoint_close(r.state);
	if (rc == RC_OK && o->workspace != NULL)
		rc = online(&r, e);
	expected_destroy(&r.expect);
	if (r.dir != -1)
		(void)close(r.dir);
	return rc;
}
