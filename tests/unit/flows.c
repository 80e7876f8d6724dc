/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/flows.h"

static int64_t
now(void)
{
	return FLOWS_NOW;
}

void
flows_begin(struct flows *f, const char *method)
{
	memset(f, 0, sizeof(*f));
	temp_make(f->dir);
	f->platform = setting_platform;
	f->platform.now = now;
	f->platform.arc_folder = f->dir;
	f->platform.arc_agent = "/nowhere/himds";
	f->options.method = method;
	f->options.platform = &f->platform;
	f->options.value[AUTH_TENANT] = "tenant-1";
	f->options.value[AUTH_CLIENT] = "client-1";
}

void
flows_end(struct flows *f)
{
	auth_destroy(f->auth);
	temp_remove(f->dir);
}

void
flows_open(struct flows *f)
{
	auth_destroy(f->auth);
	f->auth = NULL;
	err_clear(&f->e);
	(void)auth_create(&f->options, &f->auth, &f->e);
	assert_string_equal(f->e.text, "");
	assert_non_null(f->auth);
}

void
flows_refuse(struct flows *f, const char *says)
{
	struct auth *a = NULL;

	assert_why(
	    auth_create(&f->options, &a, &f->e), RC_FATAL, f->e, WHY_USAGE);
	assert_null(a);
	assert_says(f->e, says);
}

void
flows_ask(struct flows *f)
{
	assert_true(auth_renewal_is_due(f->auth, 1000));
	assert_ok(auth_renewal_request(f->auth, &f->step, &f->e));
}

static enum rc
answer(struct flows *f, struct http_answer *it)
{
	err_clear(&f->e);
	it->wait_ms = HTTP_NO_WAIT;
	it->id = "";
	return auth_renewal_answer(f->auth, it, 1000, &f->e);
}

enum rc
flows_answer(struct flows *f, long status, const char *body)
{
	struct http_answer it = { .fate = HTTP_ANSWERED,
		.status = status,
		.challenge = "",
		.body = span_str(body),
		.reason = "" };

	return answer(f, &it);
}

enum rc
flows_challenge(struct flows *f, const char *challenge)
{
	struct http_answer it = { .fate = HTTP_ANSWERED,
		.status = 401,
		.challenge = challenge,
		.reason = "" };

	return answer(f, &it);
}

enum rc
flows_lost(struct flows *f)
{
	struct http_answer it = { .fate = HTTP_LOST, .reason = "timed out" };

	return answer(f, &it);
}

bool
flows_has(const struct flows *f, const char *header)
{
	for (size_t i = 0; f->step.http.headers[i] != NULL; i++)
		if (strcmp(f->step.http.headers[i], header) == 0)
			return true;
	return false;
}

char *
flows_field(const struct flows *f, const char *name)
{
	const struct span body = f->step.http.body;
	char *const text = strndup((const char *)body.p, body.n);
	char *found = NULL;

	assert_non_null(text);
	for (char *p = text; p != NULL && found == NULL;) {
		const size_t n = strlen(name);
		char *const next = strchr(p, '&');
		if (next != NULL)
			*next = '\0';
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			found = strdup(p + n + 1);
		p = next != NULL ? next + 1 : NULL;
	}
	free(text);
	assert_non_null(found);
	return found;
}
