/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/auth.h"
#include "checkpoint/checkpoint.h"
#include "load/target.h"
#include "sink/sink.h"
#include "sink/sink_table.h"

#define PATH_TEXT 4096

void
target_name(const struct load_target *t, char out[TARGET_NAME])
{
	if (t->path != NULL)
		(void)snprintf(out, TARGET_NAME, "%s", t->sink);
	else
		(void)snprintf(out, TARGET_NAME, "%s rule %s stream %s",
		    t->sink, t->dcr != NULL ? t->dcr : "",
		    t->stream != NULL ? t->stream : "");
}

/* --- address and credentials --------------------------------------------- */

enum rc
target_check_https(const struct load_target *t, const char *url,
    const char *what, struct err *e)
{
	if (t->insecure_http || url == NULL || strncmp(url, "http://", 7) != 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s must begin with https:// (plain http to a loopback address "
	    "needs --insecure-http): %.150s",
	    what, url);
}

enum rc
target_url(const struct load_target *t, struct buf *url, struct err *e)
{
	const struct sink_address to = { t->endpoint, t->dcr, t->stream };
	enum rc rc = target_check_https(t, t->endpoint, "the endpoint", e);

	if (rc == RC_OK)
		rc = target_check_https(t, t->auth.value[AUTH_AUTHORITY],
		    "AZURE_AUTHORITY_HOST", e);
	if (rc == RC_OK)
		rc = sink_table_find(t->sink)->remote->url(&to, url, e);
	buf_byte(url, '\0');
	return rc;
}

enum rc
target_check(const struct load_target *target, struct err *e)
{
	struct auth *auth = NULL;
	struct buf url;

	buf_init(&url, TARGET_URL);
	enum rc rc = target_url(target, &url, e);
	if (rc == RC_OK)
		rc = auth_create(&target->auth, &auth, e);
	auth_destroy(auth);
	buf_reset(&url);
	return rc;
}

void
load_check_address(const struct load_target *t,
    void (*report)(void *arg, enum load_part part, const struct err *e),
    void *arg)
{
	const struct {
		enum load_part part;
		const char *value;
		/* An address in which everything but the value is valid. */
		struct sink_address address;
	} parts[] = {
		{ LOAD_PART_ENDPOINT, t->endpoint,
		    { t->endpoint, "dcr-a", "a" } },
		{ LOAD_PART_DCR, t->dcr, { "https://a", t->dcr, "a" } },
		{ LOAD_PART_STREAM, t->stream,
		    { "https://a", "dcr-a", t->stream } },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct buf url;
		if (parts[i].value == NULL)
			continue;
		buf_init(&url, TARGET_URL);
		enum rc rc = sink_table_find(t->sink)->remote->url(
		    &parts[i].address, &url, &e);
		buf_reset(&url);
		if (rc == RC_OK && parts[i].part == LOAD_PART_ENDPOINT)
			rc = target_check_https(
			    t, t->endpoint, "the endpoint", &e);
		if (rc != RC_OK)
			report(arg, parts[i].part, &e);
	}
	if (http_check_proxy(t->proxy, &e) != RC_OK)
		report(arg, LOAD_PART_PROXY, &e);
}

void
load_check_credentials(const struct load_target *t,
    void (*report)(void *arg, enum load_part part, const struct err *e),
    void *arg)
{
	const char *const authority = t->auth.value[AUTH_AUTHORITY];
	struct auth *auth = NULL;
	struct err e;

	if (auth_create(&t->auth, &auth, &e) != RC_OK ||
	    target_check_https(t, authority, "AZURE_AUTHORITY_HOST", &e) !=
		RC_OK)
		report(arg, LOAD_PART_CREDENTIALS, &e);
	auth_destroy(auth);
}

/* --- the checkpoint ------------------------------------------------------ */

static enum rc
open_checkpoint(const struct load_target *t, bool create,
    struct checkpoint **out, struct err *e)
{
	char file[PATH_TEXT];
	char lock[PATH_TEXT];
	char name[TARGET_NAME];
	struct checkpoint_place where = { t->path, t->path, t->sink, true };

	if (sink_table_find(t->sink)->local == NULL) {
		const int n =
		    snprintf(file, sizeof(file), "%s/state.db", t->state);
		if (n < 0 || (size_t)n >= sizeof(file) - 8)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the path of the checkpoint is too long: %s",
			    t->state);
		(void)snprintf(lock, sizeof(lock), "%.4080s/lock", t->state);
		target_name(t, name);
		/* To read a checkpoint, the target need not be complete. */
		const bool named =
		    t->endpoint != NULL && t->dcr != NULL && t->stream != NULL;
		where = (struct checkpoint_place){ file, lock,
			named ? name : NULL, false };
	}
	if (!create)
		return checkpoint_open_read_only(&where, out, e);
	if (!where.embedded && mkdir(t->state, 0700) == -1 && errno != EEXIST) {
		const bool read_only =
		    errno == EROFS || errno == EACCES || errno == EPERM;
		(void)err_sys(e, RC_FATAL,
		    "create the folder of the checkpoint %s", t->state);
		return read_only
			   ? err_set(e, RC_FATAL, WHY_USAGE,
				 "cannot create the checkpoint in %.300s: %s: "
				 "give --state DIR",
				 t->state, strerror(e->sys))
			   : e->rc;
	}
	return checkpoint_open(&where, out, e);
}

enum rc
target_open_checkpoint(
    const struct load_target *target, struct checkpoint **out, struct err *e)
{
	return open_checkpoint(target, true, out, e);
}

enum rc
target_view_checkpoint(
    const struct load_target *target, struct checkpoint **out, struct err *e)
{
	return open_checkpoint(target, false, out, e);
}

uint64_t
target_share(const struct load_target *t, uint64_t limit)
{
	const uint64_t n = t->loaders > 1 ? t->loaders : 1;

	return limit != 0 && limit < n ? 1 : limit / n;
}
