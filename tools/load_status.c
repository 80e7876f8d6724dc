/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli.h"
#include "tools/load_report.h"
#include "tools/load_status.h"
#include "util/json.h"

#define PROGRAM "evtxload"
#define PATH_TEXT 4200
#define LIST_MAX ((size_t)1 << 29)

struct view {
	/* Target whose checkpoint is read. */
	const struct load_target *target;
	bool text; /* print text on standard output */
	/* JSON members that name the first checkpoint. */
	struct buf checkpoint;
	struct buf all; /* a JSON object for each checkpoint */
	struct buf reasons;
	struct buf lists; /* refused records as JSON */
	/* Targets that the staging was loaded into, as JSON. */
	struct buf targets;
	bool found; /* the checkpoint of `target` exists */
};

/* A mistyped name of a staging must not look like one that was never loaded. */
static enum rc
check_staging(
    const struct options *o, const struct load_target *target, struct err *e)
{
	const bool derived = target->path == NULL && o->list[OPT_STATE].n == 0;

	if (!derived || o->n == 0 || access(o->operands[0], F_OK) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s is not a staging directory: it does not exist", o->operands[0]);
}

/* Make the paths of the checkpoint and of its dead letters. */
static void
name_files(const struct load_target *t, char checkpoint[], char letters[])
{
	const bool embedded = t->path != NULL;

	(void)snprintf(checkpoint, PATH_TEXT, "%.4000s%s",
	    embedded ? t->path : t->state, embedded ? "" : "/state.db");
	(void)snprintf(letters, PATH_TEXT, "%.4000s%s",
	    embedded ? t->path : t->state,
	    embedded ? "-dead.ndjson" : "/dead.ndjson");
}

static enum rc
list_target(void *arg, const char *name)
{
	struct view *const v = arg;
	char checkpoint[PATH_TEXT];
	char letters[PATH_TEXT];

	name_files(v->target, checkpoint, letters);
	if (v->checkpoint.n == 0)
		load_report_checkpoint_json(
		    &v->checkpoint, name, checkpoint, letters);
	buf_str(&v->all, v->all.n > 0 ? ",{" : "{");
	buf_str(&v->all, "\"target\":");
	json_put(&v->all, span_str(name));
	buf_str(&v->all, ",\"checkpoint\":");
	json_put(&v->all, span_str(checkpoint));
	buf_byte(&v->all, '}');
	if (v->text)
		(void)printf("  %-10s %s, in %s\n", "target", name, checkpoint);
	return RC_OK;
}

static enum rc
list_staging(
    void *arg, const char *name, const char *schema, const char *digest)
{
	struct view *const v = arg;

	if (v->text)
		(void)printf("  %-10s %s (%s), manifest %s\n", "staging", name,
		    schema, digest);
	return RC_OK;
}

static enum rc
list_refusal(void *arg, const struct load_refusal *r)
{
	struct view *const v = arg;

	if (v->lists.n > 0)
		buf_byte(&v->lists, ',');
	load_report_refusal_json(&v->lists, r);
	return RC_OK;
}

static enum rc
list_reason(void *arg, const struct load_reason *r)
{
	struct view *const v = arg;

	if (v->reasons.n > 0)
		buf_byte(&v->reasons, ',');
	load_report_reason_json(&v->reasons, r);
	if (v->text)
		load_report_reason_text(stdout, r);
	return RC_OK;
}

/* Show a target of the staging's list. Its checkpoint is not opened, since the
 * list may come from another machine. */
static enum rc
list_listed(void *arg, const struct load_listed *one)
{
	struct view *const v = arg;
	char target[PATH_TEXT];
	char path[PATH_TEXT];

	load_report_target_json(&v->targets, one);
	/* The target of the checkpoint is already shown. */
	if (!v->text || (one->own && v->found && v->target->path == NULL))
		return RC_OK;

	(void)printf("  %-10s %s, in %s%s\n", "loaded to",
	    cli_tame(target, sizeof(target), one->target),
	    cli_tame(path, sizeof(path), one->checkpoint),
	    one->present ? "" : " (missing)");
	return RC_OK;
}

static void
end_list(struct buf *json, const char *name, const struct buf *list)
{
	buf_fmt(json, ",\"%s\":[", name);
	buf_put(json, buf_span(list));
	buf_byte(json, ']');
}

/* True if a later --state is the same folder. */
static bool
is_again(const struct names *states, size_t i)
{
	struct stat now;
	struct stat later;

	if (stat(states->texts[i], &now) == -1)
		return false;
	for (size_t k = i + 1; k < states->n; k++)
		if (stat(states->texts[k], &later) == 0 &&
		    later.st_dev == now.st_dev && later.st_ino == now.st_ino)
			return true;
	return false;
}

/* Say that a loader is not part of the sum. */
static void
report_missing(const char *state)
{
	char name[PATH_TEXT];

	cli_say(PROGRAM, "no checkpoint in %s: its part is not counted",
	    cli_tame(name, sizeof(name), state));
}

/* Read the checkpoint of each --state, or of the target, and add them up.
 * RC_END if there is none at all. */
static enum rc
read_all(struct view *v, const struct options *o, const struct load_each *each,
    struct load_report *sum, struct err *e)
{
	const struct names *const states = &o->list[OPT_STATE];
	const struct load_target *const target = v->target;
	struct load_target one = *target;
	enum rc rc = load_status(target, sum, each, e);

	v->found = rc == RC_OK;
	if (rc == RC_END && states->n > 1)
		report_missing(target->state);
	for (size_t i = 0; i + 1 < states->n && (rc == RC_OK || rc == RC_END);
	     i++) {
		struct load_report more;
		if (is_again(states, i))
			continue;
		one.state = states->texts[i];
		v->target = &one;
		rc = load_status(&one, &more, each, e);
		if (rc == RC_OK)
			load_report_add(sum, &more);
		else if (rc == RC_END)
			report_missing(one.state);
		v->found = v->found || rc == RC_OK;
	}
	v->target = target;
	return rc == RC_END && v->found ? RC_OK : rc;
}

int
load_status_show(const struct options *o, const struct load_target *target,
    struct buf *json, struct err *e)
{
	struct view v = { .target = target,
		.text =
		    o->value[OPT_QUIET] == NULL && o->value[OPT_JSON] == NULL };
	const struct load_each each = { .target = list_target,
		.staging = list_staging,
		.refusal = list_refusal,
		.reason = list_reason,
		.listed = list_listed,
		.arg = &v };
	struct load_report report;
	char checkpoint[PATH_TEXT];
	char letters[PATH_TEXT];

	name_files(target, checkpoint, letters);
	buf_init(&v.checkpoint, (size_t)16 * PATH_TEXT);
	buf_init(&v.all, LIST_MAX);
	buf_init(&v.reasons, (size_t)LOAD_REASONS * 4096);
	buf_init(&v.lists, LIST_MAX);
	buf_init(&v.targets, LIST_MAX);
	enum rc rc = check_staging(o, target, e);
	if (rc == RC_OK)
		rc = read_all(&v, o, &each, &report, e);
	const bool known = rc == RC_OK || rc == RC_END;
	const int code = known ? CLI_OK : cli_exit_of(e);
	const char *const name = o->value[OPT_TARGET];
	const struct about about = { name != NULL ? name : "", "status", code,
		known ? NULL : e->text };

	for (size_t i = 0; known && i < o->n; i++)
		(void)load_list_targets(o->operands[i], &each);
	load_report_begin(json, &about);
	buf_put(json, buf_span(&v.checkpoint));
	if (known)
		load_report_push_json(json, &report);
	end_list(json, "checkpoints", &v.all);
	end_list(json, "reasons", &v.reasons);
	end_list(json, "refusals", &v.lists);
	end_list(json, "targets", &v.targets);
	if (rc == RC_END && v.text)
		(void)printf("  %sno checkpoint in %s\n",
		    v.targets.n > 0 ? "" : "nothing was loaded yet: ",
		    checkpoint);
	if (rc == RC_END && v.text && target->path == NULL)
		(void)printf("  For the checkpoint in a database: evtxload "
			     "status --target sqlite:PATH\n");
	if (rc == RC_OK && v.text && report.refused > 0)
		(void)printf(
		    "  %-10s %s lists the refused records\n", "", letters);
	if (rc == RC_OK && v.text)
		load_report_push_text(stdout, &report, false);
	buf_reset(&v.checkpoint);
	buf_reset(&v.all);
	buf_reset(&v.reasons);
	buf_reset(&v.lists);
	buf_reset(&v.targets);
	return code;
}
