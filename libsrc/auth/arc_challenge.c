/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "auth/arc_challenge.h"
#include "auth/secret_file.h"

static enum rc
refuse(const char *why, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "no token: the challenge of the Arc agent %s", why);
}

/* Copy PATH from "Basic realm=PATH", in which PATH may be quoted. False if the
 * challenge has another form or PATH is too long. */
static bool
parse_realm(const char *challenge, char *out, size_t size)
{
	static const char start[] = "Basic realm=";
	const size_t n = sizeof(start) - 1;

	if (challenge == NULL || strncasecmp(challenge, start, n) != 0)
		return false;
	const char *from = challenge + n;
	size_t length = strlen(from);
	if (length >= 2 && from[0] == '"' && from[length - 1] == '"') {
		from++;
		length -= 2;
	}
	if (length == 0 || length >= size)
		return false;
	memcpy(out, from, length);
	out[length] = '\0';
	return true;
}

enum rc
arc_challenge_accept(struct flow *f, const char *challenge, struct err *e)
{
	const char *const folder = f->options->platform->arc_folder;
	const size_t n = strlen(folder);
	char path[HTTP_CHALLENGE_MAX];
	struct buf key;

	if (!parse_realm(challenge, path, sizeof(path)))
		return refuse("does not name a file", e);
	if (strncmp(path, folder, n) != 0 || path[n] != '/' ||
	    strchr(path + n + 1, '/') != NULL)
		return refuse("names a file outside of the agent's folder", e);
	const char *const name = path + n + 1;
	const size_t length = strlen(name);
	if (length < 5 || strcmp(name + length - 4, ".key") != 0)
		return refuse("names a file that is not a .key", e);
	buf_init(&key, 2 * SECRET_FILE_GUARDED_MAX + 4096);
	enum rc rc = secret_file_read_guarded(folder, name, &key, e);
	if (rc == RC_OK)
		rc = flow_hold(f, buf_span(&key), e);
	buf_wipe(&key);
	if (rc == RC_OK && !flow_is_header((const char *)f->held.p))
		return refuse("names a file that is not text", e);
	return rc;
}
