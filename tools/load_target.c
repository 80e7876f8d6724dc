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
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--state DIR or a staging directory is needed");
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

static enum rc
set_numbers(const struct options *o, struct load_target *t, struct err *e)
{
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
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = options_number(o, &all[i].number, all[i].out, e);
	return rc;
}

static enum rc
need_all(const struct options *o, struct err *e)
{
	static const enum setting needed[] = { SET_ENDPOINT, SET_DCR,
		SET_STREAM };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (o->value[needed[i]] == NULL)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the target sentinel needs --%s",
			    options_name(needed[i]));
	return RC_OK;
}

static enum rc
need_credentials(const struct load_target *l, struct err *e)
{
	enum auth_key missing[AUTH_KEYS];
	const char *name = NULL;
	char list[300] = "";

	const enum rc rc = auth_choose(&l->auth, &name, e);
	const size_t n = rc == RC_OK ? auth_missing(&l->auth, missing) : 0;
	for (size_t i = 0; i < n; i++) {
		const size_t used = strlen(list);
		(void)snprintf(list + used, sizeof(list) - used, "%s%s",
		    i > 0 ? ", " : "", key_name(missing[i]));
	}
	if (n == 0)
		return rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the target sentinel needs %s (--auth %s)", list, name);
}

static enum rc
set_sentinel(const struct options *o, struct target *t, struct err *e)
{
	struct load_target *const l = &t->load;

	l->endpoint = o->value[SET_ENDPOINT];
	l->dcr = o->value[SET_DCR];
	l->stream = o->value[SET_STREAM];
	l->ca_file = o->value[SET_CA_FILE];
	l->proxy = o->value[SET_PROXY];
	if (o->command == COMMAND_STATUS || o->command == COMMAND_PLAN ||
	    o->value[SET_DRY_RUN] != NULL)
		return RC_OK;
	enum rc rc = need_all(o, e);
	if (rc == RC_OK)
		rc = load_auth(o, &t->secrets, &l->auth, e);
	if (rc == RC_OK)
		rc = need_credentials(l, e);
	if (rc == RC_OK && l->ca_file != NULL &&
	    access(l->ca_file, R_OK) == -1) {
		rc = err_sys(e, RC_FATAL, "read --ca-file %s", l->ca_file);
		e->why = WHY_USAGE;
	}
	return rc;
}

static enum rc
set_ambiguous(const struct options *o, struct load_target *t, struct err *e)
{
	const char *const how = o->value[SET_ON_AMBIGUOUS];

	t->hold = how != NULL && strcmp(how, "hold") == 0;
	if (how == NULL || t->hold || strcmp(how, "resend") == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--on-ambiguous must be resend or hold: %s", how);
}

static enum rc
set_time_policy(const struct options *o, struct load_limits *l, struct err *e)
{
	const char *const how = o->value[SET_TIME_POLICY];

	l->keep_times = how == NULL || strcmp(how, "keep") == 0;
	if (l->keep_times || strcmp(how, "refuse") == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--time-policy must be keep or refuse: %s", how);
}

/* A limit that would be ignored is refused. */
static enum rc
check_limits(const struct options *o, struct err *e)
{
	static const enum setting remote[] = { SET_TPSLIMIT, SET_BWLIMIT,
		SET_MAX_TRANSFER, SET_TIME_POLICY, SET_BATCH_SPAN };

	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
		if (o->value[remote[i]] != NULL)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "--%s is not for sqlite: targets",
			    options_name(remote[i]));
	return RC_OK;
}

static enum rc
set_limits(const struct options *o, struct target *t, struct err *e)
{
	struct load_limits *const l = &t->load.limits;
	const struct number calls = { SET_TPSLIMIT, 0, 100000, 0, 1000 };
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
	enum rc rc = options_number(o, &calls, &l->calls_a_kilosecond, e);

	for (size_t i = 0; rc == RC_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = options_amount(
		    o, all[i].setting, all[i].what, all[i].out, e);
	if (rc == RC_OK && strcmp(t->load.sink, "sqlite") == 0)
		rc = check_limits(o, e);
	return rc == RC_OK ? set_time_policy(o, l, e) : rc;
}

static enum rc
check_progress(const struct options *o, struct err *e)
{
	const char *const when = o->value[SET_PROGRESS];

	if (when == NULL || strcmp(when, "auto") == 0 ||
	    strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--progress must be auto, always or never: %s", when);
}

enum rc
target_make(const struct options *o, struct target *t, struct err *e)
{
	memset(t, 0, sizeof(*t));
	enum rc rc = check_progress(o, e);
	if (rc == RC_OK)
		rc = set_kind(o, t, e);
	if (rc == RC_OK)
		rc = set_numbers(o, &t->load, e);
	if (rc == RC_OK)
		rc = set_ambiguous(o, &t->load, e);
	if (rc == RC_OK)
		rc = set_limits(o, t, e);
	if (rc == RC_OK && strcmp(t->load.sink, "sentinel") == 0)
		rc = set_sentinel(o, t, e);
	return rc;
}

void
target_wipe(struct target *t)
{
	load_auth_wipe(&t->secrets);
}
