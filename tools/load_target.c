/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/load_target.h"
#include "util/io.h"

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

/* --- the secret ---------------------------------------------------------- */

static enum rc
read_secret(struct target *t, int fd, const char *name, struct err *e)
{
	size_t n = 0;
	ssize_t got = 0;

	do {
		got = read(fd, t->secret + n, sizeof(t->secret) - n);
		if (got > 0)
			n += (size_t)got;
	} while ((got > 0 && n < sizeof(t->secret)) ||
		 (got == -1 && errno == EINTR));
	if (got == -1)
		return err_sys(e, RC_FATAL, "read %s", name);
	while (n > 0 && n < sizeof(t->secret) &&
	       (t->secret[n - 1] == '\n' || t->secret[n - 1] == '\r'))
		n--;
	if (n == 0 || n == sizeof(t->secret))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s holds no secret of a sensible length", name);
	t->secret[n] = '\0';
	t->load.secret = t->secret;
	return RC_OK;
}

static enum rc
read_secret_file(struct target *t, const char *path, struct err *e)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		(void)err_sys(e, RC_FATAL, "open %s", path);
		e->why = WHY_USAGE;
		return RC_FATAL;
	}
	enum rc rc = RC_OK;
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, RC_FATAL, "look at %s", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "%s can be read by others, so it is refused: chmod 600 it",
		    path);
	if (rc == RC_OK)
		rc = read_secret(t, fd, path, e);
	(void)close(fd);
	return rc;
}

/* Anybody who may look into /proc could read it there as long as we run. */
static enum rc
take_from_environment(struct target *t, struct err *e)
{
	char *const value = getenv(options_name(SET_SECRET));
	const size_t n = value != NULL ? strlen(value) : 0;

	if (value == NULL || n >= sizeof(t->secret))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s holds no secret of a sensible length",
		    options_name(SET_SECRET));
	memcpy(t->secret, value, n + 1);
	explicit_bzero(value, n);
	t->load.secret = t->secret;
	return RC_OK;
}

static enum rc
set_secret(const struct options *o, struct target *t, struct err *e)
{
	const struct number number = { SET_SECRET_FD, 0, 65535, 0, 1 };
	unsigned fd = 0;

	if (o->value[SET_SECRET] != NULL)
		return take_from_environment(t, e);
	if (o->value[SET_SECRET_FILE] != NULL)
		return read_secret_file(t, o->value[SET_SECRET_FILE], e);
	if (o->value[SET_SECRET_FD] == NULL)
		return RC_OK;
	const enum rc rc = options_number(o, &number, &fd, e);
	return rc == RC_OK ? read_secret(t, (int)fd, "client_secret_fd", e)
			   : rc;
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
		SET_STREAM, SET_TENANT, SET_CLIENT };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (o->value[needed[i]] == NULL)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the target sentinel needs %s%s",
			    needed[i] == SET_TENANT || needed[i] == SET_CLIENT
				? ""
				: "--",
			    options_name(needed[i]));
	return RC_OK;
}

static enum rc
set_sentinel(const struct options *o, struct target *t, struct err *e)
{
	struct load_target *const l = &t->load;

	l->endpoint = o->value[SET_ENDPOINT];
	l->dcr = o->value[SET_DCR];
	l->stream = o->value[SET_STREAM];
	l->tenant = o->value[SET_TENANT];
	l->client = o->value[SET_CLIENT];
	l->authority = o->value[SET_AUTHORITY];
	l->ca_file = o->value[SET_CA_FILE];
	l->proxy = o->value[SET_PROXY];
	if (o->command == COMMAND_STATUS || o->command == COMMAND_PLAN ||
	    o->value[SET_DRY_RUN] != NULL)
		return RC_OK;
	enum rc rc = need_all(o, e);
	if (rc == RC_OK)
		rc = set_secret(o, t, e);
	if (rc == RC_OK && l->secret == NULL)
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "the target sentinel needs AZURE_CLIENT_SECRET");
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
	explicit_bzero(t->secret, sizeof(t->secret));
}
