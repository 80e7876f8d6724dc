/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "load/reconcile.h"
#include "tools/cli.h"
#include "tools/load_reconcile.h"
#include "tools/load_report.h"

#define PROGRAM "evtxload"

static void
put(struct buf *json, const char *name, uint64_t n)
{
	buf_fmt(json, ",\"%s\":%llu", name, (unsigned long long)n);
}

static void
put_json(struct buf *json, const struct reconcile_report *r)
{
	put(json, "records", r->rows);
	put(json, "keyless", r->keyless);
	put(json, "refused", r->refused);
	buf_fmt(json, ",\"compared\":%s", r->compared ? "true" : "false");
	if (!r->compared)
		return;
	buf_fmt(json, ",\"settled\":%s", r->settled ? "true" : "false");
	put(json, "there", r->there);
	put(json, "missing", r->missing);
	put(json, "double", r->doubles);
	put(json, "extra_rows", r->extra);
	put(json, "altered", r->altered);
	put(json, "other_keys", r->others);
	put(json, "resent", r->resent);
	put(json, "closed_batches", r->closed);
	put(json, "kept_batches", r->kept);
	put(json, "requests", r->requests);
}

static void
show(const struct reconcile_report *r, const char *folder)
{
	char note[4200];

	cli_row(stderr, "records", r->rows, "");
	cli_row_some(stderr, "no key", r->keyless, " (cannot be compared)");
	cli_row_some(stderr, "refused", r->refused, " (see dead.ndjson)");
	if (r->compared) {
		cli_row(stderr, "there", r->there, "");
		cli_row(stderr, "missing", r->missing, "");
		cli_row(stderr, "double", r->doubles, " keys");
		if (r->content)
			cli_row(stderr, "altered", r->altered, " keys");
		cli_row_some(stderr, "resent", r->resent, " records");
		cli_row_some(stderr, "closed", r->closed,
		    " batches, now marked as acknowledged: no record is "
		    "missing");
		cli_row_some(stderr, "kept open", r->kept,
		    " batches with records without a key: evtxload push "
		    "--on-ambiguous resend sends them whole");
	}
	(void)snprintf(note, sizeof(note), "%.4000s/%s", folder,
	    r->compared ? "reconcile.json" : "reconcile.kql");
	(void)fprintf(
	    stderr, "  %-10s %s\n", r->compared ? "details" : "queries", note);
}

static void
note(void *arg, const char *text)
{
	const struct options *const o = arg;

	if (o->value[OPT_VERBOSE] != NULL)
		cli_say(PROGRAM, "%s", text);
}

static enum rc
set_options(
    const struct options *o, struct reconcile_options *out, struct err *e)
{
	*out = (struct reconcile_options){
		.workspace = o->value[OPT_WORKSPACE],
		.query_endpoint = o->value[OPT_QUERY_ENDPOINT],
		.table = o->value[OPT_TABLE],
		.content = o->value[OPT_CHECK_CONTENT],
		.resend = o->value[OPT_RESEND] != NULL,
	};
	if (out->resend && out->workspace == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--resend needs --workspace ID, to find the missing "
		    "records");
	if (out->content != NULL && out->workspace == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--check-content needs --workspace ID, whose rows are "
		    "compared");
	return options_amount(o, OPT_SETTLE, &out->settle_ms, e);
}

int
load_reconcile(const struct options *o, const struct load_target *target,
    const struct load_sources *sources, struct buf *json, struct err *e)
{
	struct options told = *o;
	struct reconcile_options options;
	struct reconcile_report report = { .rows = 0 };
	const struct load_run run = { .target = target,
		.stagings = sources->stagings,
		.n = sources->n,
		.collection = load_sources_collection(sources),
		.verifiers = cli_processors(LOAD_VERIFIERS_MAX),
		.stop = cli_catch_signals(),
		.note = note,
		.arg = &told };
	enum rc rc = set_options(o, &options, e);

	if (rc == RC_OK)
		rc = reconcile_run(&run, &options, &report, e);
	int code = rc == RC_OK ? CLI_OK : cli_exit_of(e);
	/* Records that were refused permanently are missing in the workspace,
	 * too. */
	if (rc == RC_OK && report.compared &&
	    report.missing + report.altered + report.keyless + report.refused !=
		0)
		code = CLI_REFUSED_RECORDS;
	const char *const name = o->value[OPT_TARGET];
	const struct about about = { name != NULL ? name : "", "reconcile",
		code, rc == RC_OK ? NULL : e->text };
	load_report_begin(json, &about);
	put_json(json, &report);
	if (o->value[OPT_QUIET] == NULL && o->value[OPT_JSON] == NULL &&
	    (rc == RC_OK || report.compared))
		show(&report, target->state);
	return code;
}
