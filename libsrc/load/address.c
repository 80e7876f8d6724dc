/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "load/inner.h"

enum rc
load_address(const struct load_target *t, struct buf *url, struct auth **auth,
    struct err *e)
{
	const struct sink_address to = { t->endpoint, t->dcr, t->stream };
	const enum rc rc = sink_find(t->sink)->remote->url(&to, url, e);

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
