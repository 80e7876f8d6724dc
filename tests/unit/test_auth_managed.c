/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "tests/unit/flows.h"

#define IMDS "http://169.254.169.254/metadata/identity/oauth2/token"
#define RESOURCE "resource=https%3A%2F%2Fmonitor.azure.com"
#define GOOD \
	"{\"access_token\":\"T1\",\"client_id\":\"c-1\",\"expires_in\":" \
	"\"86400\",\"expires_on\":\"1800086400\",\"token_type\":\"Bearer\"}"

static void
begin_arc(struct flows *f)
{
	flows_begin(f, NULL);
	f->options.value[AUTH_IDENTITY_ENDPOINT] = "http://127.0.0.1:40342/m/t";
	f->options.value[AUTH_IMDS_ENDPOINT] = "http://127.0.0.1:40342";
	flows_open(f);
	flows_ask(f);
}

static void
imds_is_probed_then_asked(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "managed");
	flows_open(&f);
	flows_ask(&f);
	/* The probe: no Metadata header, a second at most, no proxy. */
	assert_true(f.step.http.get);
	assert_true(f.step.http.local);
	assert_int_equal(f.step.http.timeout_ms, 1000);
	assert_false(flows_has(&f, "Metadata: true"));
	assert_ok(flows_answer(&f, 400, "{}"));
	flows_ask(&f);
	assert_string_equal(
	    f.step.http.url, IMDS "?api-version=2018-02-01&" RESOURCE);
	assert_true(flows_has(&f, "Metadata: true"));
	assert_true(f.step.http.local);
	assert_int_equal(f.step.http.timeout_ms, 0);
	assert_ok(flows_answer(&f, 200, GOOD));
	/* Renewed at half of its life. */
	assert_string_equal(auth_token(f.auth, 1000), "T1");
	assert_false(auth_renewal_is_due(f.auth, 1000 + 43199));
	assert_true(auth_renewal_is_due(f.auth, 1000 + 43200));
	assert_non_null(auth_token(f.auth, 1000 + 86300));
	/* Once IMDS was found it is not probed again. */
	assert_ok(auth_renewal_request(f.auth, &f.step, &f.e));
	assert_true(flows_has(&f, "Metadata: true"));
	flows_end(&f);
}

static void
nothing_at_imds_is_final_after_three_probes(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "managed");
	flows_open(&f);
	for (int i = 0; i < 2; i++) {
		flows_ask(&f);
		assert_rc(flows_lost(&f), RC_RETRY);
	}
	flows_ask(&f);
	assert_why(flows_lost(&f), RC_FATAL, f.e, WHY_DENIED);
	assert_says(f.e, "no managed identity here");
	flows_end(&f);
}

static void
imds_answers_that_are_tried_again(void **state)
{
	static const long temporary[] = { 404, 408, 410, 429, 500, 503, 504 };
	static const long final[] = { 302, 400, 401, 403 };
	struct flows f;

	(void)state;
	flows_begin(&f, "managed");
	flows_open(&f);
	flows_ask(&f);
	assert_ok(flows_answer(&f, 400, "{}"));
	for (size_t i = 0; i < COUNT(temporary); i++) {
		flows_ask(&f);
		assert_rc(flows_answer(&f, temporary[i], "{}"), RC_RETRY);
		assert_int_equal(auth_renewal_wait_ms(f.auth),
		    temporary[i] == 410 ? 3000 : 0);
	}
	for (size_t i = 0; i < COUNT(final); i++) {
		flows_ask(&f);
		assert_why(flows_answer(&f, final[i],
			       "{\"error\":\"invalid_request\","
			       "\"error_description\":\"Identity not found\"}"),
		    RC_FATAL, f.e, WHY_DENIED);
		assert_says(f.e, "Identity not found");
		assert_says(f.e, "managed_client_id");
	}
	flows_end(&f);
}

static void
identities_are_named_by_one_id(void **state)
{
	static const struct {
		enum auth_setting key;
		const char *value, *query;
	} all[] = {
		{ AUTH_MANAGED_CLIENT, "c-1", "&client_id=c-1" },
		{ AUTH_MANAGED_OBJECT, "o-1", "&object_id=o-1" },
		{ AUTH_MANAGED_RESOURCE, "/subscriptions/s",
		    "&msi_res_id=%2Fsubscriptions%2Fs" },
	};
	struct flows f;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		flows_begin(&f, "managed");
		f.options.value[all[i].key] = all[i].value;
		flows_open(&f);
		flows_ask(&f);
		assert_ok(flows_answer(&f, 400, ""));
		flows_ask(&f);
		const char *const query = strstr(f.step.http.url, RESOURCE);
		assert_non_null(query);
		assert_string_equal(query + strlen(RESOURCE), all[i].query);
		flows_end(&f);
	}
	flows_begin(&f, "managed");
	f.options.value[AUTH_MANAGED_CLIENT] = "c-1";
	f.options.value[AUTH_MANAGED_OBJECT] = "o-1";
	flows_refuse(&f, "set only one of");
	flows_end(&f);
}

static void
app_service_is_asked_with_its_header(void **state)
{
	const char *method = NULL;
	struct flows f;

	(void)state;
	flows_begin(&f, NULL);
	f.options.value[AUTH_IDENTITY_ENDPOINT] =
	    "http://169.254.130.2:8081/msi/token";
	f.options.value[AUTH_IDENTITY_HEADER] = "header-secret-0123456789";
	f.options.value[AUTH_MANAGED_RESOURCE] = "/s/x";
	flows_open(&f);
	assert_ok(auth_choose_method(&f.options, &method, &f.e));
	assert_string_equal(method, "managed");
	flows_ask(&f);
	assert_string_equal(f.step.http.url,
	    "http://169.254.130.2:8081/msi/token?api-version=2019-08-01"
	    "&" RESOURCE "&mi_res_id=%2Fs%2Fx");
	assert_true(
	    flows_has(&f, "X-IDENTITY-HEADER: header-secret-0123456789"));
	assert_false(flows_has(&f, "Metadata: true"));
	/* This answer contains only the expiry time. */
	assert_ok(flows_answer(&f, 200,
	    "{\"access_token\":\"T1\",\"expires_on\":\"1800001000\"}"));
	assert_true(auth_renewal_is_due(f.auth, 1500));
	assert_false(auth_renewal_is_due(f.auth, 1499));
	/* An answer that repeats the secret header is not shown. */
	assert_ok(auth_renewal_request(f.auth, &f.step, &f.e));
	assert_rc(
	    flows_answer(&f, 400, "{\"message\":\"header-secret-0123456789\"}"),
	    RC_FATAL);
	assert_null(strstr(f.e.text, "header-secret"));
	flows_end(&f);
}

static void
plain_http_leaves_the_machine_nowhere(void **state)
{
	static const char *const bad[] = { "http://169.254.169.254.evil/x",
		"http://evil.example/x", "http://169.254.1.1@evil.example/x",
		"http://10.0.0.1/x", "ftp://127.0.0.1/x" };
	struct flows f;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		flows_begin(&f, "managed");
		f.options.value[AUTH_IDENTITY_ENDPOINT] = bad[i];
		f.options.value[AUTH_IDENTITY_HEADER] = "h";
		flows_refuse(&f, "IDENTITY_ENDPOINT");
		f.options.value[AUTH_IDENTITY_HEADER] = "a\nb";
		f.options.value[AUTH_IDENTITY_ENDPOINT] = "http://127.0.0.1/";
		flows_refuse(&f, "IDENTITY_HEADER");
		flows_end(&f);
	}
}

static void
arc_proves_that_it_can_read_the_file(void **state)
{
	struct flows f;
	char challenge[200];

	(void)state;
	begin_arc(&f);
	assert_string_equal(f.step.http.url,
	    "http://127.0.0.1:40342/m/t?api-version=2020-06-01&" RESOURCE);
	assert_true(flows_has(&f, "Metadata: true"));
	file_write(in(f.dir, "x.key"), SPAN("arc-secret-0123456789\r\n"));
	assert_int_equal(chmod(in(f.dir, "x.key"), 0400), 0);
	(void)snprintf(
	    challenge, sizeof(challenge), "Basic realm=%s/x.key", f.dir);
	assert_ok(flows_challenge(&f, challenge));
	flows_ask(&f);
	assert_true(
	    flows_has(&f, "Authorization: Basic arc-secret-0123456789"));
	assert_true(flows_has(&f, "Metadata: true"));
	assert_true(auth_leaks(f.auth, "it says arc-secret-0123456789"));
	assert_ok(flows_answer(&f, 200, GOOD));
	assert_string_equal(auth_token(f.auth, 1000), "T1");
	/* A second 401 is final. */
	assert_ok(auth_renewal_request(f.auth, &f.step, &f.e));
	assert_ok(flows_challenge(&f, challenge));
	assert_ok(auth_renewal_request(f.auth, &f.step, &f.e));
	assert_why(flows_challenge(&f, challenge), RC_FATAL, f.e, WHY_DENIED);
	flows_end(&f);
}

static void
refuse_challenge(struct flows *f, const char *challenge, const char *says)
{
	assert_why(flows_challenge(f, challenge), RC_FATAL, f->e, WHY_DENIED);
	assert_says(f->e, says);
	assert_null(strstr(f->e.text, "arc-secret"));
	assert_ok(auth_renewal_request(f->auth, &f->step, &f->e));
	assert_null(strstr(f->step.http.headers[0], "Basic"));
}

static void
arc_challenges_that_are_refused(void **state)
{
	struct flows f;
	char text[300];
	char big[5000];

	(void)state;
	begin_arc(&f);
	refuse_challenge(&f, "", "does not name a file");
	refuse_challenge(&f, "Bearer realm=/x", "does not name a file");
	refuse_challenge(&f, "Basic realm=/etc/shadow.key", "outside");
	(void)snprintf(text, sizeof(text), "Basic realm=%s/../x.key", f.dir);
	refuse_challenge(&f, text, "outside");
	(void)snprintf(text, sizeof(text), "Basic realm=%sx/x.key", f.dir);
	refuse_challenge(&f, text, "outside");
	(void)snprintf(text, sizeof(text), "Basic realm=%s/x.txt", f.dir);
	refuse_challenge(&f, text, "not a .key");
	(void)snprintf(text, sizeof(text), "Basic realm=%s/x.key", f.dir);
	refuse_challenge(&f, text, "No such file");
	memset(big, 'a', sizeof(big));
	file_write(in(f.dir, "x.key"), span_of(big, 4097));
	refuse_challenge(&f, text, "too large");
	file_write(in(f.dir, "x.key"), span_of(big, 0));
	refuse_challenge(&f, text, "empty");
	file_write(in(f.dir, "x.key"), SPAN("a\nb"));
	refuse_challenge(&f, text, "not text");
	file_write(in(f.dir, "y.txt"), SPAN("arc-secret-0123456789"));
	assert_int_equal(unlink(in(f.dir, "x.key")), 0);
	assert_int_equal(symlink("y.txt", in(f.dir, "x.key")), 0);
	refuse_challenge(&f, text, "symbolic links");
	assert_int_equal(unlink(in(f.dir, "x.key")), 0);
	assert_int_equal(mkdir(in(f.dir, "x.key"), 0700), 0);
	refuse_challenge(&f, text, "not a regular file");
	flows_end(&f);
}

static void
arc_files_that_others_may_have_written_are_refused(void **state)
{
	struct flows f;
	char text[300];

	(void)state;
	begin_arc(&f);
	(void)snprintf(text, sizeof(text), "Basic realm=%s/x.key", f.dir);
	file_write(in(f.dir, "x.key"), SPAN("arc-secret-0123456789"));
	assert_int_equal(chmod(in(f.dir, "x.key"), 0622), 0);
	refuse_challenge(&f, text, "other users can write it");
	assert_int_equal(chmod(in(f.dir, "x.key"), 0602), 0);
	refuse_challenge(&f, text, "other users can write it");
	assert_int_equal(chmod(in(f.dir, "x.key"), 0600), 0);
	assert_int_equal(chmod(f.dir, 0777), 0);
	refuse_challenge(&f, text, "other users can write its folder");
	assert_int_equal(chmod(f.dir, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(in(f.dir, "x.key"), 12345, 0), 0);
		refuse_challenge(&f, text, "its owner is not the owner of");
	}
	flows_end(&f);
}

static void
arc_has_to_confirm_a_user_assigned_identity(void **state)
{
	struct flows f;

	(void)state;
	begin_arc(&f);
	f.options.value[AUTH_MANAGED_CLIENT] = "C-1";
	flows_open(&f);
	flows_ask(&f);
	assert_has(f.step.http.url, "&client_id=C-1");
	assert_ok(flows_answer(&f, 200, GOOD));
	f.options.value[AUTH_MANAGED_CLIENT] = "c-2";
	flows_open(&f);
	flows_ask(&f);
	assert_why(flows_answer(&f, 200, GOOD), RC_FATAL, f.e, WHY_DENIED);
	assert_null(auth_token(f.auth, 1000));
	f.options.value[AUTH_MANAGED_CLIENT] = NULL;
	f.options.value[AUTH_MANAGED_OBJECT] = "o-1";
	flows_refuse(&f, "managed_client_id only");
	flows_end(&f);
}

static void
an_installed_agent_means_arc(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "managed");
	file_write(in(f.dir, "himds"), SPAN("x"));
	f.platform.arc_agent = in(f.dir, "himds");
	flows_open(&f);
	flows_ask(&f);
	assert_has(f.step.http.url,
	    "http://127.0.0.1:40342/metadata/identity/oauth2/token?"
	    "api-version=2020-06-01&");
	flows_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imds_is_probed_then_asked),
		cmocka_unit_test(nothing_at_imds_is_final_after_three_probes),
		cmocka_unit_test(imds_answers_that_are_tried_again),
		cmocka_unit_test(identities_are_named_by_one_id),
		cmocka_unit_test(app_service_is_asked_with_its_header),
		cmocka_unit_test(plain_http_leaves_the_machine_nowhere),
		cmocka_unit_test(arc_proves_that_it_can_read_the_file),
		cmocka_unit_test(arc_challenges_that_are_refused),
		cmocka_unit_test(
		    arc_files_that_others_may_have_written_are_refused),
		cmocka_unit_test(arc_has_to_confirm_a_user_assigned_identity),
		cmocka_unit_test(an_installed_agent_means_arc),
	};

	return RUN(tests);
}
