/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "tools/load_sources.h"
#include "tools/load_target.h"
#include "util/num.h"

#define LOADERS_MAX 1000U

/* Collects all faults, each under the origin of its setting. */
struct build {
	const struct options *o;
	struct target *t;
	struct load_faults faults;
};

static void
add_fault(struct build *b, enum option_id id, enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		load_faults_add_err(&b->faults, b->o->from[id], e);
}

/* --- the kind of target --------------------------------------------------- */

static enum rc
set_sqlite(
    const struct options *o, const char *path, struct target *t, struct err *e)
{
	if (o->command == COMMAND_RECONCILE)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "reconcile does not work with sqlite: targets, which "
		    "store rows and checkpoint in one transaction");
	if (path == NULL || *path == '\0')
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the target sqlite needs a path: sqlite:PATH");
	if (o->value[OPT_OF] != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--of is not for sqlite: targets: a database has one "
		    "writer");
	if (o->value[OPT_STATE] != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--state does not work with sqlite: targets, whose "
		    "checkpoint is in the database");
	t->load.sink = "sqlite";
	t->load.path = path;
	return RC_OK;
}

/* Find the directory of the checkpoint. */
static enum rc
set_state(const struct options *o, struct target *t, struct err *e)
{
	t->load.state = o->value[OPT_STATE];
	if (t->load.state != NULL || o->value[OPT_DRY_RUN] != NULL ||
	    o->command == COMMAND_PROBE)
		return RC_OK;
	if (o->n == 0 && o->command == COMMAND_STATUS)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "status needs --state DIR or a staging directory");
	/* load_target_make() reports the missing staging. */
	if (o->n == 0)
		return RC_OK;
	if (o->n > 1 || load_sources_is_file(o->operands[0]))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s --state DIR for their common checkpoint",
		    o->n > 1 ? "several staging directories need"
			     : "the stagings of a collection need");
	const int n =
	    snprintf(t->path, sizeof(t->path), "%s/load", o->operands[0]);
	if (n < 0 || (size_t)n >= sizeof(t->path))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the path of the staging directory is too long");
	t->load.state = t->path;
	return RC_OK;
}

/* Check the --state of commands that need one checkpoint, and --of. */
static enum rc
set_part(const struct options *o, struct target *t, struct err *e)
{
	const char *const text = o->value[OPT_OF];
	struct span rest = span_str(text == NULL ? "" : text);
	const struct span number = span_next(&rest, '/');
	uint64_t part = 0;
	uint64_t of = 0;

	if (o->list[OPT_STATE].n > 1 && o->command != COMMAND_STATUS)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "several --state are only for status");
	if (text == NULL)
		return RC_OK;
	if (rest.p == NULL || !num_parse_u64(number, &part) ||
	    !num_parse_u64(rest, &of) || of > LOADERS_MAX || part >= of)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--of must be I/N, with I from 0 to N - 1 and N up to %u: "
		    "%.60s",
		    LOADERS_MAX, text);
	if (o->value[OPT_STATE] == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--of needs a --state DIR of its own for each loader");
	t->load.loader = (unsigned)part;
	t->load.loaders = (unsigned)of;
	(void)snprintf(
	    t->part, sizeof(t->part), "%u/%u", t->load.loader, t->load.loaders);
	t->load.part = t->part;
	return RC_OK;
}

static enum rc
set_kind(const struct options *o, struct target *t, struct err *e)
{
	const char *const name = o->value[OPT_TARGET];
	const char *const type = o->value[OPT_TYPE];

	if (name == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--target is missing: sqlite:PATH, sentinel, or a name "
		    "from --config");
	if (strncmp(name, "sqlite:", 7) == 0)
		return set_sqlite(o, name + 7, t, e);
	if (type != NULL && strcmp(type, "sqlite") == 0)
		return set_sqlite(o, o->value[OPT_PATH], t, e);
	if (strcmp(type != NULL ? type : name, "sentinel") == 0) {
		t->load.sink = "sentinel";
		const enum rc rc = set_part(o, t, e);
		return rc == RC_OK ? set_state(o, t, e) : rc;
	}
	if (type != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "target %s has the unknown type \"%s\": use sqlite or "
		    "sentinel",
		    name, type);
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "unknown target %s: use sqlite:PATH, sentinel, or a name from "
	    "--config",
	    name);
}

/* --- values --------------------------------------------------------------- */

static void
set_numbers(struct build *b)
{
	struct load_target *const t = &b->t->load;
	struct load_limits *const l = &t->limits;
	const struct {
		enum option_id id;
		unsigned *out;
	} numbers[] = {
		{ OPT_JOBS, &t->jobs },
		{ OPT_TIMEOUT, &t->timeout_ms },
		{ OPT_RETRY_DELAY, &t->retry_ms },
		{ OPT_MAX_WAIT, &t->wait_ms },
		{ OPT_ROLE_WAIT, &t->role_wait_ms },
		{ OPT_MAX_DEAD, &t->max_dead },
		{ OPT_TPSLIMIT, &l->calls_a_kilosecond },
	};
	const struct {
		enum option_id id;
		uint64_t *out;
	} amounts[] = {
		{ OPT_BWLIMIT, &l->bytes_a_second },
		{ OPT_MAX_TRANSFER, &l->bytes },
		{ OPT_MAX_DURATION, &l->ms },
		{ OPT_BATCH_SPAN, &l->batch_span_ms },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		add_fault(b, numbers[i].id,
		    options_number(b->o, numbers[i].id, numbers[i].out, &e),
		    &e);
	for (size_t i = 0; i < sizeof(amounts) / sizeof(*amounts); i++)
		add_fault(b, amounts[i].id,
		    options_amount(b->o, amounts[i].id, amounts[i].out, &e),
		    &e);
}

static void
set_words(struct build *b)
{
	enum { RESEND, HOLD };
	enum { KEEP, REFUSE, ARRIVAL };
	int ambiguous = RESEND;
	int times = KEEP;
	int progress = 0;
	const struct {
		enum option_id id;
		int *word;
	} words[] = {
		{ OPT_ON_AMBIGUOUS, &ambiguous },
		{ OPT_TIME_POLICY, &times },
		{ OPT_PROGRESS, &progress },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		add_fault(b, words[i].id,
		    options_word(b->o, words[i].id, words[i].word, &e), &e);
	b->t->load.hold = ambiguous == HOLD;
	b->t->load.limits.keep_times = times != REFUSE;
	b->t->load.limits.arrival = times == ARRIVAL;
}

/* Reject settings that have no effect on a database. */
static void
reject_remote(struct build *b)
{
	static const enum option_id remote[] = { OPT_TPSLIMIT, OPT_BWLIMIT,
		OPT_MAX_TRANSFER, OPT_TIME_POLICY, OPT_BATCH_SPAN };
	char label[OPTIONS_LABEL];
	struct err e;

	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
		if (b->o->value[remote[i]] != NULL)
			add_fault(b, remote[i],
			    err_set(&e, RC_FATAL, WHY_USAGE,
				"%s does not work with sqlite: targets",
				options_label(b->o, remote[i], label)),
			    &e);
}

/* --- Sentinel ------------------------------------------------------------ */

static void
append(char *list, size_t size, const char *name)
{
	const size_t n = strlen(list);

	(void)snprintf(list + n, size - n, "%s%s", n > 0 ? ", " : "", name);
}

static void
check_address(struct build *b)
{
	static const enum option_id needed[] = { OPT_ENDPOINT, OPT_DCR,
		OPT_STREAM };
	char list[100] = "";
	char text[160];
	char name[32];

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (b->o->value[needed[i]] != NULL)
			continue;
		(void)snprintf(
		    name, sizeof(name), "--%s", options_name(b->o, needed[i]));
		append(list, sizeof(list), name);
	}
	(void)snprintf(
	    text, sizeof(text), "the target sentinel needs %s", list);
	if (list[0] != '\0')
		load_faults_add(&b->faults, FROM_LINE, text);
}

static void
add_part_fault(void *arg, enum load_part part, const struct err *e)
{
	static const enum option_id settings[] = {
		[LOAD_PART_ENDPOINT] = OPT_ENDPOINT,
		[LOAD_PART_DCR] = OPT_DCR,
		[LOAD_PART_STREAM] = OPT_STREAM,
		[LOAD_PART_PROXY] = OPT_PROXY,
		[LOAD_PART_CREDENTIALS] = OPT_AUTHORITY,
	};
	struct build *const b = arg;
	const enum option_id s = settings[part];

	/* The authority has a default, which counts as the environment's. */
	load_faults_add_err(&b->faults,
	    part == LOAD_PART_CREDENTIALS && b->o->from[s] == FROM_LINE
		? FROM_ENVIRONMENT
		: b->o->from[s],
	    e);
}

static void
check_credentials(struct build *b)
{
	struct load_target *const l = &b->t->load;
	enum auth_setting missing[AUTH_SETTINGS];
	const char *name = NULL;
	char list[300] = "";
	char text[400];
	struct err e;

	if (load_auth(b->o, &b->t->secrets, &l->auth, &e) != RC_OK) {
		const bool file = b->o->value[OPT_SECRET_FILE] != NULL ||
				  b->o->value[OPT_SECRET_FD] != NULL;
		load_faults_add_err(
		    &b->faults, file ? FROM_FILE : FROM_ENVIRONMENT, &e);
		return;
	}
	if (auth_choose_method(&l->auth, &name, &e) != RC_OK) {
		load_faults_add_err(&b->faults,
		    b->o->value[OPT_AUTH] != NULL ? b->o->from[OPT_AUTH]
						  : FROM_ENVIRONMENT,
		    &e);
		return;
	}
	const size_t n = auth_missing(&l->auth, missing);
	for (size_t i = 0; i < n; i++)
		append(list, sizeof(list), setting_name(missing[i]));
	(void)snprintf(text, sizeof(text),
	    "the target sentinel needs %s (--auth %s)", list, name);
	if (n > 0)
		load_faults_add(&b->faults, FROM_ENVIRONMENT, text);
	else
		load_check_credentials(l, add_part_fault, b);
}

static void
set_sentinel(struct build *b)
{
	const struct options *const o = b->o;
	const bool reconciles = o->command == COMMAND_RECONCILE;
	struct load_target *const l = &b->t->load;
	struct err e;

	l->endpoint = o->value[OPT_ENDPOINT];
	l->dcr = o->value[OPT_DCR];
	l->stream = o->value[OPT_STREAM];
	l->ca_file = o->value[OPT_CA_FILE];
	l->proxy = o->value[OPT_PROXY];
	l->insecure_http = o->value[OPT_INSECURE_HTTP] != NULL;
	if (o->command == COMMAND_STATUS)
		return;
	load_check_address(l, add_part_fault, b);
	if (l->ca_file != NULL && access(l->ca_file, R_OK) == -1)
		add_fault(b, OPT_CA_FILE,
		    err_sys(&e, RC_FATAL, "read --ca-file %s", l->ca_file), &e);
	if (o->command == COMMAND_PLAN || o->value[OPT_DRY_RUN] != NULL ||
	    (reconciles && o->value[OPT_WORKSPACE] == NULL))
		return;
	if (!reconciles || o->value[OPT_RESEND] != NULL)
		check_address(b);
	check_credentials(b);
}

enum rc
load_target_make(const struct options *o, const struct load_faults *faults,
    struct target *t, struct err *e)
{
	struct build b = { .o = o, .t = t, .faults = *faults };

	memset(t, 0, sizeof(*t));
	add_fault(&b, OPT_TARGET, set_kind(o, t, e), e);
	for (size_t i = 0; o->n > 1 && i < o->n; i++)
		if (load_sources_is_file(o->operands[i]))
			load_faults_add(&b.faults, FROM_LINE,
			    "a collection has all of its stagings: give "
			    "nothing else");
	if (o->n == 0 && o->command != COMMAND_PROBE &&
	    o->command != COMMAND_STATUS)
		load_faults_add(&b.faults, FROM_LINE,
		    "a staging directory is needed: evtxload --target T "
		    "STAGING");
	set_numbers(&b);
	set_words(&b);
	if (t->load.sink != NULL && strcmp(t->load.sink, "sqlite") == 0)
		reject_remote(&b);
	if (t->load.sink != NULL && strcmp(t->load.sink, "sentinel") == 0)
		set_sentinel(&b);
	err_clear(e);
	return load_faults_end(&b.faults, t->faults, e);
}

void
load_target_wipe(struct target *t)
{
	load_auth_wipe(&t->secrets);
}
