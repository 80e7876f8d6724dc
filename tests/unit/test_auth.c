/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth.h"
#include "tests/unit/helper.h"

static struct err error;

static struct auth *
make(const char *authority)
{
	const struct auth_options options = {
		.value = { [AUTH_TENANT] = "tenant-1",
		    [AUTH_CLIENT] = "client-1",
		    [AUTH_SECRET] = "s3cr&t= \xc3\xbc",
		    [AUTH_AUTHORITY] = authority }
	};
	struct auth *a = NULL;

	assert_ok(auth_create(&options, &a, &error));
	return a;
}

static enum rc
answer(struct auth *a, long status, const char *body, int64_t now)
{
	const struct http_answer it = { .fate = HTTP_ANSWERED,
		.status = status,
		.wait_ms = HTTP_NO_WAIT,
		.body = span_str(body),
		.reason = "" };

	err_clear(&error);
	return auth_renewal_answer(a, &it, now, &error);
}

static const char good[] =
    "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"T1\"}";

static void
the_request_is_the_documented_form(void **state)
{
	struct auth *const a = make(NULL);
	struct auth_step step = { 0 };

	(void)state;
	assert_ok(auth_renewal_request(a, &step, &error));
	const struct http_request r = step.http;
	assert_null(step.argv);
	assert_false(r.get);
	assert_string_equal(r.url,
	    "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
	assert_span(r.body, "client_id=client-1"
			    "&scope=https%3A%2F%2Fmonitor.azure.com%2F.default"
			    "&grant_type=client_credentials"
			    "&client_secret=s3cr%26t%3D%20%C3%BC");
	assert_string_equal(
	    r.headers[0], "Content-Type: application/x-www-form-urlencoded");
	auth_destroy(a);
}

static void
the_cloud_follows_the_authority(void **state)
{
	static const struct {
		const char *authority, *url, *scope;
	} all[] = {
		{ "https://login.microsoftonline.us/",
		    "https://login.microsoftonline.us/tenant-1",
		    "monitor.azure.us" },
		{ "login.chinacloudapi.cn",
		    "https://login.chinacloudapi.cn/tenant-1",
		    "monitor.azure.cn" },
		{ "http://127.0.0.1:80", "http://127.0.0.1:80/tenant-1",
		    "monitor.azure.com" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct auth *const a = make(all[i].authority);
		struct auth_step step = { 0 };
		char body[512];
		assert_ok(auth_renewal_request(a, &step, &error));
		const struct http_request r = step.http;
		assert_has(r.url, all[i].url);
		(void)snprintf(body, sizeof(body), "%.*s", (int)r.body.n,
		    (const char *)r.body.p);
		assert_has(body, all[i].scope);
		auth_destroy(a);
	}
}

static void
the_query_api_has_an_audience_of_its_own(void **state)
{
	static const struct {
		const char *authority, *scope;
	} all[] = {
		{ NULL, "scope=https%3A%2F%2Fapi.loganalytics.io%2F.default&" },
		{ "https://login.microsoftonline.us",
		    "scope=https%3A%2F%2Fapi.loganalytics.us%2F.default&" },
		{ "https://login.chinacloudapi.cn",
		    "scope=https%3A%2F%2Fapi.loganalytics.azure.cn"
		    "%2F.default&" },
		{ "https://login.partner.microsoftonline.cn",
		    "scope=https%3A%2F%2Fapi.loganalytics.azure.cn"
		    "%2F.default&" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct auth_options options = {
			.value = { [AUTH_TENANT] = "t",
			    [AUTH_CLIENT] = "c",
			    [AUTH_SECRET] = "s",
			    [AUTH_AUTHORITY] = all[i].authority },
			.query = true
		};
		struct auth_step step = { 0 };
		struct auth *a = NULL;
		char body[512];
		assert_ok(auth_create(&options, &a, &error));
		assert_ok(auth_renewal_request(a, &step, &error));
		(void)snprintf(body, sizeof(body), "%.*s",
		    (int)step.http.body.n, (const char *)step.http.body.p);
		assert_has(body, all[i].scope);
		auth_destroy(a);
	}
}

static void
options_that_cannot_be_right(void **state)
{
	static const char *const bad[][4] = {
		{ "te/nant", "c", "s", NULL },
		{ "", "c", "s", NULL },
		{ "t", "c?d", "s", NULL },
		{ "t", "c", NULL, NULL },
		{ NULL, "c", "s", NULL },
		{ "t", NULL, "s", NULL },
		{ "t", "c", "s", "http://login.example" },
		{ "t", "c", "s", "https://" },
	};
	struct auth *a = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct auth_options o = {
			.value = { [AUTH_TENANT] = bad[i][0],
			    [AUTH_CLIENT] = bad[i][1],
			    [AUTH_SECRET] = bad[i][2],
			    [AUTH_AUTHORITY] = bad[i][3] }
		};
		assert_why(
		    auth_create(&o, &a, &error), RC_FATAL, error, WHY_USAGE);
		assert_null(a);
	}
	auth_destroy(NULL);
}

static void
a_token_is_renewed_before_its_end(void **state)
{
	struct auth *const a = make(NULL);

	(void)state;
	assert_null(auth_token(a, 1000));
	assert_true(auth_renewal_is_due(a, 1000));
	assert_ok(answer(a, 200, good, 1000));
	assert_string_equal(auth_token(a, 1000), "T1");
	assert_false(auth_renewal_is_due(a, 1000 + 3599 - 121));
	assert_true(auth_renewal_is_due(a, 1000 + 3599 - 120));
	/* The old token remains in use until the new one arrives. */
	assert_non_null(auth_token(a, 1000 + 3599 - 11));
	assert_rc(answer(a, 503, "{}", 1000 + 3599 - 100), RC_RETRY);
	assert_non_null(auth_token(a, 1000 + 3599 - 11));
	assert_null(auth_token(a, 1000 + 3599 - 10));
	/* A short-lived token is renewed after half of its life. */
	assert_ok(answer(
	    a, 200, "{\"expires_in\":\"100\",\"access_token\":\"T2\"}", 5000));
	assert_false(auth_renewal_is_due(a, 5049));
	assert_true(auth_renewal_is_due(a, 5050));
	assert_ok(answer(
	    a, 200, "{\"expires_in\":\"4\",\"access_token\":\"T3\"}", 6000));
	assert_non_null(auth_token(a, 6001));
	assert_null(auth_token(a, 6002));
	auth_destroy(a);
}

static void
answers_without_a_usable_token_are_temporary(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{}", "null",
		"{\"expires_in\":3599}", "{\"access_token\":\"T\"}",
		"{\"expires_in\":0,\"access_token\":\"T\"}",
		"{\"expires_in\":-5,\"access_token\":\"T\"}",
		"{\"expires_in\":99999999999,\"access_token\":\"T\"}",
		"{\"expires_in\":3599,\"access_token\":\"\"}",
		"{\"expires_in\":3599,\"access_token\":7}",
		"{\"expires_in\":3599,\"access_token\":\"a\\r\\nX-Evil: b\"}" };
	struct auth *const a = make(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_rc(answer(a, 200, bad[i], 1000), RC_RETRY);
		assert_null(auth_token(a, 1000));
	}
	auth_destroy(a);
}

static void
refusals_and_failures(void **state)
{
	static const long temporary[] = { 408, 429, 500, 502, 503, 504 };
	static const long final[] = { 302, 400, 401, 403, 404, 501, 505 };
	static const char why[] =
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS7000215: \\u001b[31mwrong\"}";
	struct auth *const a = make(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(temporary); i++)
		assert_rc(answer(a, temporary[i], "{}", 1), RC_RETRY);
	for (size_t i = 0; i < COUNT(final); i++) {
		assert_why(
		    answer(a, final[i], why, 1), RC_FATAL, error, WHY_DENIED);
		assert_says(error, "AADSTS7000215");
		assert_null(strchr(error.text, '\x1b'));
	}
	auth_destroy(a);
}

/* A message shows the ids that support asks for, and nothing else of the
 * answer. */
static void
a_refusal_names_code_ids_and_hint(void **state)
{
	static const char body[] =
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS700213: No matching record.\\r\\nTrace ID: x\","
	    "\"error_codes\":[700213],\"timestamp\":\"2026-01-01\","
	    "\"trace_id\":\"0c0ffee0-1111-2222-3333-444455556666\","
	    "\"correlation_id\":\"deadbeef-1111-2222-3333-444455556666\","
	    "\"error_uri\":\"https://evil.example/\"}";
	struct auth *const a = make(NULL);

	(void)state;
	assert_why(answer(a, 401, body, 1), RC_FATAL, error, WHY_DENIED);
	assert_says(error, "AADSTS700213: No matching record.");
	assert_says(error, "trace id 0c0ffee0-1111-2222-3333-444455556666");
	assert_says(
	    error, "correlation id deadbeef-1111-2222-3333-444455556666");
	assert_says(error, "no federated credential has the assertion's "
			   "subject");
	assert_null(strstr(error.text, "evil"));
	assert_null(strstr(error.text, "Trace ID"));
	/* A malformed id is not shown. */
	assert_rc(answer(a, 400, "{\"trace_id\":\"<b>\"}", 1), RC_FATAL);
	assert_null(strchr(error.text, '<'));
	auth_destroy(a);
}

static void
no_answer(void **state)
{
	struct auth *const a = make(NULL);
	struct http_answer it = { .fate = HTTP_LOST, .reason = "reset" };

	(void)state;
	assert_why(auth_renewal_answer(a, &it, 1, &error), RC_RETRY, error,
	    WHY_NETWORK);
	it.fate = HTTP_REFUSED;
	assert_why(auth_renewal_answer(a, &it, 1, &error), RC_FATAL, error,
	    WHY_DENIED);
	auth_destroy(a);
}

static void
a_refused_token_is_renewed_once(void **state)
{
	struct auth *const a = make(NULL);

	(void)state;
	assert_ok(answer(a, 200, good, 1));
	const unsigned first = auth_generation(a);
	assert_true(auth_token_refused(a, first));
	assert_null(auth_token(a, 2));
	/* The other requests in flight carried the same token. */
	assert_true(auth_token_refused(a, first));
	assert_ok(answer(a, 200, good, 3));
	const unsigned second = auth_generation(a);
	assert_int_not_equal(first, second);
	/* A late 401 for the old token does not concern the new one. */
	assert_true(auth_token_refused(a, first));
	assert_non_null(auth_token(a, 3));
	assert_false(auth_token_refused(a, second));
	auth_destroy(a);
}

static void
a_token_that_worked_may_be_renewed_again(void **state)
{
	struct auth *const a = make(NULL);

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_ok(answer(a, 200, good, i));
		auth_token_accepted(a, auth_generation(a));
		assert_true(auth_token_refused(a, auth_generation(a)));
	}
	/* The last token was never accepted. */
	assert_ok(answer(a, 200, good, 9));
	assert_false(auth_token_refused(a, auth_generation(a)));
	auth_destroy(a);
}

static void
secrets_are_recognized(void **state)
{
	struct auth *const a = make(NULL);

	(void)state;
	assert_false(auth_leaks(a, "anything"));
	assert_ok(answer(a, 200, good, 1));
	assert_true(auth_leaks(a, "xx T1 yy"));
	assert_true(auth_leaks(a, "s3cr&t= \xc3\xbc"));
	/* The same percent-encoded, in hex, and as base64 of a:SECRET. */
	assert_true(auth_leaks(a, "x=s3cr%26t%3D%20%C3%BC&y"));
	assert_true(auth_leaks(a, "0x733363722674"
				  "3d20c3bc"));
	assert_true(auth_leaks(a, "Basic YTpzM2NyJnQ9IMO8"));
	/* A secret cut after its first half. */
	assert_true(auth_leaks(a, "said 73336372267"
				  "43d20"));
	assert_rc(answer(a, 400,
		      "{\"error\":\"x\",\"error_description\":"
		      "\"you sent s3cr&t= \xc3\xbc\"}",
		      1),
	    RC_FATAL);
	assert_null(strstr(error.text, "s3cr"));
	auth_destroy(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_the_documented_form),
		cmocka_unit_test(the_cloud_follows_the_authority),
		cmocka_unit_test(the_query_api_has_an_audience_of_its_own),
		cmocka_unit_test(options_that_cannot_be_right),
		cmocka_unit_test(a_token_is_renewed_before_its_end),
		cmocka_unit_test(answers_without_a_usable_token_are_temporary),
		cmocka_unit_test(refusals_and_failures),
		cmocka_unit_test(a_refusal_names_code_ids_and_hint),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(a_refused_token_is_renewed_once),
		cmocka_unit_test(a_token_that_worked_may_be_renewed_again),
		cmocka_unit_test(secrets_are_recognized),
	};

	return RUN(tests);
}
