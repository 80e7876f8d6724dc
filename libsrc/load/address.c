/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/auth.h"
#include "load/inner.h"
#include "sink/sink_table.h"

enum rc
load_check_plain(const struct load_target *t, const char *url, const char *what,
    struct err *e)
{
	if (t->insecure_http || url == NULL || strncmp(url, "http://", 7) != 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s must begin with https:// (plain http to a loopback address "
	    "needs --insecure-http): %.150s",
	    what, url);
}

enum rc
load_address(const struct load_target *t, struct buf *url, struct auth **auth,
    struct err *e)
{
	const struct sink_address to = { t->endpoint, t->dcr, t->stream };
	enum rc rc = load_check_plain(t, t->endpoint, "the endpoint", e);

	if (rc == RC_OK)
		rc = load_check_plain(t, t->auth.value[AUTH_AUTHORITY],
		    "AZURE_AUTHORITY_HOST", e);
	if (rc == RC_OK)
		rc = sink_table_find(t->sink)->remote->url(&to, url, e);
	buf_byte(url, '\0');
	return rc == RC_OK ? auth_create(&t->auth, auth, e) : rc;
}

enum rc
load_remote_check(const struct load_target *target, struct err *e)
{
	struct auth *auth = NULL;
	struct buf url;

	buf_init(&url, LOAD_URL);
	const enum rc rc = load_address(target, &url, &auth, e);
	auth_destroy(auth);
	buf_reset(&url);
	return rc;
}

/* --- each part by itself ------------------------------------------------- */

/* An address in which only one part can be wrong. */
static bool
is_address(
    const struct load_target *t, const struct sink_address *to, struct err *e)
{
	struct buf url;

	buf_init(&url, LOAD_URL);
	const enum rc rc = sink_table_find(t->sink)->remote->url(to, &url, e);
	buf_reset(&url);
	return rc == RC_OK;
}

void
load_check_address(const struct load_target *t,
    void (*tell)(void *arg, enum load_part part, const struct err *e),
    void *arg)
{
	static const struct sink_address good = { "https://a", "dcr-a", "a" };
	struct sink_address to = good;
	struct err e;

	to.endpoint = t->endpoint;
	if (t->endpoint != NULL &&
	    (!is_address(t, &to, &e) ||
		load_check_plain(t, t->endpoint, "the endpoint", &e) != RC_OK))
		tell(arg, LOAD_PART_ENDPOINT, &e);
	to = good;
	to.rule = t->dcr;
	if (t->dcr != NULL && !is_address(t, &to, &e))
		tell(arg, LOAD_PART_DCR, &e);
	to = good;
	to.stream = t->stream;
	if (t->stream != NULL && !is_address(t, &to, &e))
		tell(arg, LOAD_PART_STREAM, &e);
	if (http_check_proxy(t->proxy, &e) != RC_OK)
		tell(arg, LOAD_PART_PROXY, &e);
}

void
load_check_credentials(const struct load_target *t,
    void (*tell)(void *arg, enum load_part part, const struct err *e),
    void *arg)
{
	const char *const authority = t->auth.value[AUTH_AUTHORITY];
	struct auth *auth = NULL;
	struct err e;

	if (auth_create(&t->auth, &auth, &e) != RC_OK ||
	    load_check_plain(t, authority, "AZURE_AUTHORITY_HOST", &e) != RC_OK)
		tell(arg, LOAD_PART_CREDENTIALS, &e);
	auth_destroy(auth);
}
