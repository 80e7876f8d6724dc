/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "tools/load_target.h"

/* --- which kind ---------------------------------------------------------- */

static enum rc
set_sqlite(
    const struct options *o, const char *path, struct target *t, struct err *e)
{
	if (o->command == COMMAND_RECONCILE)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "reconcile is not for sqlite: targets, whose rows and "
		    "checkpoint are one transaction");
	if (path == NULL || *path == '\0')
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the target sqlite needs a path: sqlite:PATH");
	if (o->value[SET_STATE] != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--state is not for sqlite: targets, their checkpoint "
		    "lives in the database");
	t->load.sink = "sqlite";
	t->load.path = path;
	return RC_OK;
}

static enum rc
set_state(const struct options *o, struct target *t, struct err *e)
{
	t->load.state = o->value[SET_STATE];
	if (t->load.state != NULL || o->value[SET_DRY_RUN] != NULL ||
	    o->command == COMMAND_PROBE)
		return RC_OK;
	if (o->n == 0)
		return o->command != COMMAND_STATUS
			   ? RC_OK /* it is reported once: see need_staging() */
			   : err_set(e, RC_FATAL, WHY_USAGE,
				 "--state DIR or a staging directory is "
				 "needed");
	if (o->n > 1)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "several staging directories need --state DIR for their "
		    "common checkpoint");
	const int n =
	    snprintf(t->path, sizeof(t->path), "%s/load", o->operands[0]);
	if (n < 0 || (size_t)n >= sizeof(t->path))
		return err_set(e, RC_FATAL, WHY_USAGE, "path too long");
	t->load.state = t->path;
	return RC_OK;
}

static enum rc
set_kind(const struct options *o, struct target *t, struct err *e)
{
	const char *const name = o->value[SET_TARGET];
	const char *const type = o->value[SET_TYPE];

	if (name == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--target is missing: sqlite:PATH, sentinel, or a name "
		    "from --config");
	if (strncmp(name, "sqlite:", 7) == 0)
		return set_sqlite(o, name + 7, t, e);
	if (type != NULL && strcmp(type, "sqlite") == 0)
		return set_sqlite(o, o->value[SET_PATH], t, e);
	if (strcmp(type != NULL ? type : name, "sentinel") == 0) {
		t->load.sink = "sentinel";
		return set_state(o, t, e);
	}
	if (type != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "target %s is of an unknown type \"%s\": sqlite or "
		    "sentinel",
		    name, type);
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "no target %s: sqlite:PATH, sentinel, or a name from --config",
	    name);
}

/* --- the rest ------------------------------------------------------------ */

/* All that is wrong is collected, each under where it comes from. */
struct build {
	const struct options *o;
	struct target *t;
	struct faults faults;
};

static void
note(struct build *b, enum setting s, enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		faults_add_err(&b->faults, b->o->from[s], e);
}

static void
set_numbers(struct build *b)
{
	struct load_target *const t = &b->t->load;
	const struct {
		struct number number;
		unsigned *out;
	} all[] = {
		{ { SET_JOBS, 1, 64, 5, 1 }, &t->jobs },
		{ { SET_TIMEOUT, 1, 3600, 60, 1000 }, &t->timeout_ms },
		{ { SET_RETRY_DELAY, 0, 3600, 1, 1000 }, &t->retry_ms },
		{ { SET_MAX_WAIT, 0, 2000000, 900, 1000 }, &t->wait_ms },
		{ { SET_ROLE_WAIT, 0, 86400, 0, 1000 }, &t->role_wait_ms },
		{ { SET_MAX_DEAD, 0, 1000000000, 10000, 1 }, &t->max_dead },
		{ { SET_TPSLIMIT, 0, 100000, 0, 1000 },
		    &t->limits.calls_a_kilosecond },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		note(b, all[i].number.setting,
		    options_number(b->o, &all[i].number, all[i].out, &e), &e);
}

static void
set_amounts(struct build *b)
{
	struct load_limits *const l = &b->t->load.limits;
	const struct {
		enum setting setting;
		enum amount what;
		uint64_t *out;
	} all[] = {
		{ SET_BWLIMIT, AMOUNT_BYTES, &l->bytes_a_second },
		{ SET_MAX_TRANSFER, AMOUNT_BYTES, &l->bytes },
		{ SET_MAX_DURATION, AMOUNT_TIME, &l->ms },
		{ SET_BATCH_SPAN, AMOUNT_TIME, &l->batch_span_ms },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		note(b, all[i].setting,
		    options_amount(
			b->o, all[i].setting, all[i].what, all[i].out, &e),
		    &e);
}

/* A setting that is one of a few words. */
static void
check_word(struct build *b, enum setting s, const char *const *words)
{
	const char *const value = b->o->value[s];
	char label[OPTIONS_LABEL];
	char text[ERR_TEXT_MAX];

	for (size_t i = 0; words[i] != NULL; i++)
		if (value == NULL || strcmp(value, words[i]) == 0)
			return;
	int n = snprintf(
	    text, sizeof(text), "%s must be ", options_label(b->o, s, label));
	for (size_t i = 0; words[i] != NULL; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s",
		    i == 0                 ? ""
		    : words[i + 1] == NULL ? " or "
					   : ", ",
		    words[i]);
	(void)snprintf(text + n, sizeof(text) - (size_t)n, ": %.60s", value);
	faults_add(&b->faults, b->o->from[s], text);
}

static void
set_words(struct build *b)
{
	static const char *const progress[] = { "auto", "always", "never",
		NULL };
	static const char *const ambiguous[] = { "resend", "hold", NULL };
	static const char *const times[] = { "keep", "refuse", "arrival",
		NULL };
	const char *const hold = b->o->value[SET_ON_AMBIGUOUS];
	const char *const time = b->o->value[SET_TIME_POLICY];

	check_word(b, SET_PROGRESS, progress);
	check_word(b, SET_ON_AMBIGUOUS, ambiguous);
	check_word(b, SET_TIME_POLICY, times);
	b->t->load.hold = hold != NULL && strcmp(hold, "hold") == 0;
	b->t->load.limits.keep_times =
	    time == NULL || strcmp(time, "refuse") != 0;
	b->t->load.limits.arrival =
	    time != NULL && strcmp(time, "arrival") == 0;
}

/* A setting that would be ignored is refused. */
static void
refuse_remote(struct build *b)
{
	static const enum setting remote[] = { SET_TPSLIMIT, SET_BWLIMIT,
		SET_MAX_TRANSFER, SET_TIME_POLICY, SET_BATCH_SPAN };
	char label[OPTIONS_LABEL];
	struct err e;

	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
		if (b->o->value[remote[i]] != NULL)
			note(b, remote[i],
			    err_set(&e, RC_FATAL, WHY_USAGE,
				"%s is not for sqlite: targets",
				options_label(b->o, remote[i], label)),
			    &e);
}

/* --- what goes to the network -------------------------------------------- */

static void
append(char *list, size_t size, const char *name)
{
	const size_t n = strlen(list);

	(void)snprintf(list + n, size - n, "%s%s", n > 0 ? ", " : "", name);
}

static void
need_address(struct build *b)
{
	static const enum setting needed[] = { SET_ENDPOINT, SET_DCR,
		SET_STREAM };
	char list[100] = "";
	char text[160];
	char name[32];

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (b->o->value[needed[i]] != NULL)
			continue;
		(void)snprintf(
		    name, sizeof(name), "--%s", options_name(needed[i]));
		append(list, sizeof(list), name);
	}
	(void)snprintf(
	    text, sizeof(text), "the target sentinel needs %s", list);
	if (list[0] != '\0')
		faults_add(&b->faults, FROM_LINE, text);
}

static void
bad_part(void *arg, enum load_part part, const struct err *e)
{
	static const enum setting settings[] = {
		[LOAD_PART_ENDPOINT] = SET_ENDPOINT,
		[LOAD_PART_DCR] = SET_DCR,
		[LOAD_PART_STREAM] = SET_STREAM,
		[LOAD_PART_PROXY] = SET_PROXY,
		[LOAD_PART_CREDENTIALS] = SET_AUTHORITY,
	};
	struct build *const b = arg;
	const enum setting s = settings[part];

	/* Without a value of its own it is the environment's. */
	faults_add_err(&b->faults,
	    part == LOAD_PART_CREDENTIALS && b->o->from[s] == FROM_LINE
		? FROM_ENVIRONMENT
		: b->o->from[s],
	    e);
}

static void
need_credentials(struct build *b)
{
	struct load_target *const l = &b->t->load;
	enum auth_setting missing[AUTH_SETTINGS];
	const char *name = NULL;
	char list[300] = "";
	char text[400];
	struct err e;

	if (load_auth(b->o, &b->t->secrets, &l->auth, &e) != RC_OK) {
		const bool file = b->o->value[SET_SECRET_FILE] != NULL ||
				  b->o->value[SET_SECRET_FD] != NULL;
		faults_add_err(
		    &b->faults, file ? FROM_FILE : FROM_ENVIRONMENT, &e);
		return;
	}
	if (auth_choose_method(&l->auth, &name, &e) != RC_OK) {
		faults_add_err(&b->faults,
		    b->o->value[SET_AUTH] != NULL ? b->o->from[SET_AUTH]
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
		faults_add(&b->faults, FROM_ENVIRONMENT, text);
	else
		load_check_credentials(l, bad_part, b);
}

static void
set_sentinel(struct build *b)
{
	const struct options *const o = b->o;
	const bool reconciles = o->command == COMMAND_RECONCILE;
	struct load_target *const l = &b->t->load;
	struct err e;

	l->endpoint = o->value[SET_ENDPOINT];
	l->dcr = o->value[SET_DCR];
	l->stream = o->value[SET_STREAM];
	l->ca_file = o->value[SET_CA_FILE];
	l->proxy = o->value[SET_PROXY];
	l->insecure_http = o->value[SET_INSECURE_HTTP] != NULL;
	if (o->command == COMMAND_STATUS)
		return;
	load_check_address(l, bad_part, b);
	if (l->ca_file != NULL && access(l->ca_file, R_OK) == -1)
		note(b, SET_CA_FILE,
		    err_sys(&e, RC_FATAL, "read --ca-file %s", l->ca_file), &e);
	if (o->command == COMMAND_PLAN || o->value[SET_DRY_RUN] != NULL ||
	    (reconciles && o->value[SET_WORKSPACE] == NULL))
		return;
	if (!reconciles || o->value[SET_RESEND] != NULL)
		need_address(b);
	need_credentials(b);
}

static void
need_staging(struct build *b)
{
	if (b->o->n == 0 && b->o->command != COMMAND_PROBE &&
	    b->o->command != COMMAND_STATUS)
		faults_add(&b->faults, FROM_LINE,
		    "a staging directory is needed: evtxload --target T "
		    "STAGING");
}

enum rc
target_make(const struct options *o, struct target *t, struct err *e)
{
	struct build b = { .o = o, .t = t, .faults = o->faults };

	memset(t, 0, sizeof(*t));
	note(&b, SET_TARGET, set_kind(o, t, e), e);
	need_staging(&b);
	set_numbers(&b);
	set_amounts(&b);
	set_words(&b);
	if (t->load.sink != NULL && strcmp(t->load.sink, "sqlite") == 0)
		refuse_remote(&b);
	if (t->load.sink != NULL && strcmp(t->load.sink, "sentinel") == 0)
		set_sentinel(&b);
	err_clear(e);
	return faults_end(&b.faults, t->faults, e);
}

void
target_wipe(struct target *t)
{
	load_auth_wipe(&t->secrets);
}
