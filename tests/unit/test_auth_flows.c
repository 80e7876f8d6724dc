/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "tests/unit/flows.h"

#define TOKEN_URL "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token"
#define GOOD "{\"access_token\":\"T1\",\"expires_in\":3600}"

static void
expect_form(const struct flows *f, const char *assertion)
{
	static const char *const fields[][2] = {
		{ "client_id", "client-1" },
		{ "scope", "https%3A%2F%2Fmonitor.azure.com%2F.default" },
		{ "grant_type", "client_credentials" },
		{ "client_assertion_type",
		    "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
		    "jwt-bearer" },
	};

	for (size_t i = 0; i < COUNT(fields); i++) {
		char *const value = flows_field(f, fields[i][0]);
		assert_string_equal(value, fields[i][1]);
		free(value);
	}
	char *const value = flows_field(f, "client_assertion");
	assert_string_equal(value, assertion);
	free(value);
	assert_false(f->step.http.get);
	assert_false(f->step.http.local);
}

/* --- the choice ----------------------------------------------------------- */

static void
the_default_follows_what_is_configured(void **state)
{
	static const struct {
		enum auth_setting key, second;
		const char *name;
	} all[] = {
		{ AUTH_SECRET, AUTH_SETTINGS, "secret" },
		{ AUTH_CERT_FILE, AUTH_SETTINGS, "certificate" },
		{ AUTH_FEDERATED_FILE, AUTH_SETTINGS, "workload" },
		{ AUTH_IDENTITY_ENDPOINT, AUTH_IDENTITY_HEADER, "managed" },
		{ AUTH_IDENTITY_ENDPOINT, AUTH_IMDS_ENDPOINT, "managed" },
	};
	const char *name = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct auth_options o = { 0 };
		o.value[all[i].key] = "x";
		if (all[i].second != AUTH_SETTINGS)
			o.value[all[i].second] = "x";
		assert_ok(auth_choose_method(&o, &name, &e));
		assert_string_equal(name, all[i].name);
	}
	/* Nothing probes the network or runs az unasked. */
	struct auth_options o = { .value = { [AUTH_TENANT] = "t",
				      [AUTH_CLIENT] = "c",
				      [AUTH_GITHUB_URL] = "https://g",
				      [AUTH_GITHUB_TOKEN] = "x",
				      [AUTH_IMDS_HOST] = "http://x" } };
	assert_why(auth_choose_method(&o, &name, &e), RC_FATAL, e, WHY_USAGE);
	assert_says(e, "managed, workload, github");
	o.method = "kerberos";
	assert_why(auth_choose_method(&o, &name, &e), RC_FATAL, e, WHY_USAGE);
	assert_says(e, "kerberos");
}

static void
missing_values_are_listed(void **state)
{
	const struct auth_options o = { .method = "pipelines",
		.value = { [AUTH_CLIENT] = "c" } };
	enum auth_setting missing[AUTH_SETTINGS];

	(void)state;
	assert_int_equal(auth_missing(&o, missing), 4);
	assert_string_equal(setting_name(missing[0]), "AZURE_TENANT_ID");
	assert_string_equal(setting_name(missing[1]), "SYSTEM_OIDCREQUESTURI");
	assert_string_equal(setting_name(missing[2]), "SYSTEM_ACCESSTOKEN");
}

/* --- workload ------------------------------------------------------------- */

static void
the_token_file_is_read_for_each_request(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "workload");
	f.options.value[AUTH_FEDERATED_FILE] = in(f.dir, "token");
	flows_refuse(&f, "No such file");
	file_write(in(f.dir, "token"), SPAN("eyJ.first.assertion\n"));
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.http.url, TOKEN_URL);
	expect_form(&f, "eyJ.first.assertion");
	assert_rc(flows_answer(&f, 503, "{}"), RC_RETRY);
	file_write(in(f.dir, "token"), SPAN("eyJ.second.assertion"));
	flows_ask(&f);
	expect_form(&f, "eyJ.second.assertion");
	assert_true(auth_leaks(f.auth, "you sent eyJ.second.assertion"));
	assert_ok(flows_answer(&f, 200, GOOD));
	assert_int_equal(unlink(in(f.dir, "token")), 0);
	assert_why(auth_renewal_request(f.auth, &f.step, &f.e), RC_FATAL, f.e,
	    WHY_DENIED);
	file_write(in(f.dir, "token"), SPAN("two words"));
	assert_why(auth_renewal_request(f.auth, &f.step, &f.e), RC_FATAL, f.e,
	    WHY_DENIED);
	assert_null(strstr(f.e.text, "two words"));
	flows_end(&f);
}

static void
the_proxy_of_aks_stands_before_the_authority(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "workload");
	file_write(in(f.dir, "token"), SPAN("eyJ.a.b"));
	file_write(in(f.dir, "ca"), SPAN("PEM 1\n"));
	f.options.value[AUTH_FEDERATED_FILE] = in(f.dir, "token");
	f.options.value[AUTH_PROXY_URL] = "https://10.0.0.1:8443/base/";
	f.options.value[AUTH_PROXY_SNI] = "sni.example";
	f.options.value[AUTH_PROXY_CA_FILE] = in(f.dir, "ca");
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.http.url,
	    "https://sni.example:443/base/tenant-1/oauth2/v2.0/token");
	assert_true(flows_has(&f, "Host: 10.0.0.1:8443"));
	assert_true(
	    flows_has(&f, "Content-Type: application/x-www-form-urlencoded"));
	assert_string_equal(f.step.http.route->connect, "10.0.0.1:8443");
	assert_buf(f.step.http.route->ca, "PEM 1");
	expect_form(&f, "eyJ.a.b");
	/* The file may be replaced while we run. */
	file_write(in(f.dir, "ca"), SPAN("PEM 2\n"));
	flows_ask(&f);
	assert_buf(f.step.http.route->ca, "PEM 2");
	f.options.value[AUTH_PROXY_SNI] = NULL;
	f.options.value[AUTH_PROXY_CA_FILE] = NULL;
	f.options.value[AUTH_PROXY_CA_DATA] = "PEM 3";
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.http.url,
	    "https://10.0.0.1:8443/base/tenant-1/oauth2/v2.0/token");
	assert_buf(f.step.http.route->ca, "PEM 3");
	flows_end(&f);
}

static void
proxies_of_aks_that_are_refused(void **state)
{
	static const char *const bad[] = { "http://10.0.0.1", "10.0.0.1",
		"https://u@10.0.0.1", "https://10.0.0.1/?q", "https://h/#f" };
	struct flows f;

	(void)state;
	flows_begin(&f, "workload");
	file_write(in(f.dir, "token"), SPAN("eyJ.a.b"));
	f.options.value[AUTH_FEDERATED_FILE] = in(f.dir, "token");
	for (size_t i = 0; i < COUNT(bad); i++) {
		f.options.value[AUTH_PROXY_URL] = bad[i];
		flows_refuse(&f, "AZURE_KUBERNETES_TOKEN_PROXY");
	}
	f.options.value[AUTH_PROXY_URL] = "https://10.0.0.1";
	f.options.value[AUTH_PROXY_CA_FILE] = "/x";
	f.options.value[AUTH_PROXY_CA_DATA] = "x";
	flows_refuse(&f, "cannot both be given");
	flows_end(&f);
}

/* --- the OIDC of CI ------------------------------------------------------- */

static void
github_gives_the_assertion(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "github");
	f.options.value[AUTH_GITHUB_URL] = "https://g.example/t?v=2.0";
	f.options.value[AUTH_GITHUB_TOKEN] = "runner-token-0123456789";
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.http.url,
	    "https://g.example/t?v=2.0"
	    "&audience=api%3A%2F%2FAzureADTokenExchange");
	assert_true(
	    flows_has(&f, "Authorization: Bearer runner-token-0123456789"));
	assert_true(f.step.http.get);
	assert_rc(flows_answer(&f, 500, "{}"), RC_RETRY);
	assert_why(flows_answer(&f, 403, "{\"message\":\"no\"}"), RC_FATAL, f.e,
	    WHY_DENIED);
	assert_says(f.e, "id-token: write");
	assert_rc(flows_answer(&f, 200, "{\"value\":\"a b\"}"), RC_RETRY);
	flows_ask(&f);
	assert_ok(flows_answer(&f, 200, "{\"value\":\"eyJ.oidc.x\"}"));
	flows_ask(&f);
	assert_string_equal(f.step.http.url, TOKEN_URL);
	expect_form(&f, "eyJ.oidc.x");
	assert_ok(flows_answer(&f, 200, GOOD));
	assert_string_equal(auth_token(f.auth, 1000), "T1");
	flows_end(&f);
}

static void
the_exchange_has_an_audience_in_each_cloud(void **state)
{
	static const char *const all[][2] = {
		{ "login.microsoftonline.us", "AzureADTokenExchangeUSGov" },
		{ "login.chinacloudapi.cn", "AzureADTokenExchangeChina" },
	};
	struct flows f;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		flows_begin(&f, "github");
		f.options.value[AUTH_AUTHORITY] = all[i][0];
		f.options.value[AUTH_GITHUB_URL] = "https://g.example/t";
		f.options.value[AUTH_GITHUB_TOKEN] = "x";
		flows_open(&f);
		flows_ask(&f);
		assert_has(f.step.http.url, all[i][1]);
		flows_end(&f);
	}
}

static void
pipelines_give_the_assertion(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "pipelines");
	f.options.value[AUTH_PIPELINES_URL] = "https://d.example/o/oidctoken";
	f.options.value[AUTH_PIPELINES_TOKEN] = "system-token-0123456789";
	f.options.value[AUTH_PIPELINES_CONNECTION] = "0000-1111";
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.http.url,
	    "https://d.example/o/oidctoken?api-version=7.1"
	    "&serviceConnectionId=0000-1111");
	assert_true(
	    flows_has(&f, "Authorization: Bearer system-token-0123456789"));
	assert_true(flows_has(&f, "X-TFS-FedAuthRedirect: Suppress"));
	assert_true(flows_has(&f, "Content-Type: application/json"));
	assert_false(f.step.http.get);
	assert_int_equal(f.step.http.body.n, 0);
	/* A redirect to a login page. */
	assert_why(flows_answer(&f, 302, ""), RC_FATAL, f.e, WHY_DENIED);
	flows_ask(&f);
	assert_ok(flows_answer(&f, 200, "{\"oidcToken\":\"eyJ.p.x\"}"));
	flows_ask(&f);
	expect_form(&f, "eyJ.p.x");
	/* After a refused assertion the flow starts again with a new one. */
	assert_rc(flows_answer(&f, 503, "{}"), RC_RETRY);
	flows_ask(&f);
	assert_has(f.step.http.url, "oidctoken");
	flows_end(&f);
}

/* --- the Azure CLI -------------------------------------------------------- */

static void
begin_cli(struct flows *f)
{
	flows_begin(f, "cli");
	f->platform.path = f->dir;
	file_write(in(f->dir, "az"), SPAN("#!/bin/sh\n"));
	assert_int_equal(chmod(in(f->dir, "az"), 0700), 0);
}

static void
az_is_run_by_its_absolute_path(void **state)
{
	static const char *const words[] = { "account", "get-access-token",
		"--output", "json", "--resource", "https://monitor.azure.com",
		"--tenant", "tenant-1" };
	struct flows f;

	(void)state;
	begin_cli(&f);
	flows_open(&f);
	flows_ask(&f);
	assert_string_equal(f.step.argv[0], in(f.dir, "az"));
	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(f.step.argv[i + 1], words[i]);
	assert_null(f.step.argv[COUNT(words) + 1]);
	f.options.value[AUTH_TENANT] = NULL;
	flows_open(&f);
	flows_ask(&f);
	assert_null(f.step.argv[7]);
	/* Not from folders that anybody can write, and not from relative paths.
	 */
	f.platform.path = ".:bin:";
	flows_refuse(&f, "no az");
	f.platform.path = f.dir;
	assert_int_equal(chmod(f.dir, 0777), 0);
	flows_refuse(&f, "no az");
	assert_int_equal(chmod(f.dir, 0700), 0);
	assert_int_equal(chmod(in(f.dir, "az"), 0600), 0);
	flows_end(&f);
}

static void
both_forms_of_azs_answer_are_read(void **state)
{
	struct flows f;

	(void)state;
	assert_int_equal(setenv("TZ", "UTC-2", 1), 0);
	begin_cli(&f);
	flows_open(&f);
	flows_ask(&f);
	/* FLOWS_NOW is 2027-01-15 08:00:00 UTC. */
	assert_ok(flows_answer(&f, 0,
	    "{\"accessToken\":\"T1\",\"expires_on\":1800003600,"
	    "\"expiresOn\":\"1970-01-01 00:00:00.000000\"}"));
	assert_false(auth_renewal_is_due(f.auth, 1000 + 3479));
	assert_true(auth_renewal_is_due(f.auth, 1000 + 3480));
	assert_ok(auth_renewal_request(f.auth, &f.step, &f.e));
	assert_ok(flows_answer(&f, 0,
	    "{\"accessToken\":\"T2\",\"expiresOn\":"
	    "\"2027-01-15 12:00:00.123456\"}"));
	assert_string_equal(auth_token(f.auth, 1000), "T2");
	assert_false(auth_renewal_is_due(f.auth, 1000 + 7079));
	assert_true(auth_renewal_is_due(f.auth, 1000 + 7080));
	flows_end(&f);
	assert_int_equal(unsetenv("TZ"), 0);
}

static void
failures_of_az(void **state)
{
	static const char *const bad[] = { "", "x", "{}",
		"{\"accessToken\":\"T\"}",
		"{\"accessToken\":\"T\",\"expiresOn\":\"soon\"}",
		"{\"accessToken\":\"T\",\"expires_on\":1700000000}",
		"{\"accessToken\":\"a b\",\"expires_on\":1800003600}" };
	struct flows f;

	(void)state;
	begin_cli(&f);
	flows_open(&f);
	for (size_t i = 0; i < COUNT(bad); i++) {
		flows_ask(&f);
		assert_rc(flows_answer(&f, 0, bad[i]), RC_FATAL);
	}
	flows_ask(&f);
	assert_rc(flows_lost(&f), RC_RETRY);
	flows_ask(&f);
	assert_rc(flows_answer(&f, 1, "Connection reset"), RC_RETRY);
	flows_ask(&f);
	assert_why(flows_answer(&f, 1,
		       "ERROR: Please run 'az login' to setup account.\nx"),
	    RC_FATAL, f.e, WHY_DENIED);
	assert_says(f.e, "to setup account.");
	flows_end(&f);
}

/* --- a token from elsewhere ----------------------------------------------- */

static void
a_given_token_is_used_until_its_end(void **state)
{
	struct flows f;

	(void)state;
	flows_begin(&f, "token");
	/* {"exp":1800000500} */
	f.options.value[AUTH_TOKEN] = "e30.eyJleHAiOjE4MDAwMDA1MDB9.x";
	flows_open(&f);
	flows_ask(&f);
	assert_null(f.step.argv);
	assert_null(f.step.http.url);
	assert_ok(flows_answer(&f, 0, ""));
	assert_string_equal(
	    auth_token(f.auth, 1489), f.options.value[AUTH_TOKEN]);
	/* A token from a descriptor cannot be renewed. */
	assert_false(auth_renewal_is_due(f.auth, 1489));
	assert_null(auth_token(f.auth, 1490));
	assert_why(auth_renewal_request(f.auth, &f.step, &f.e), RC_FATAL, f.e,
	    WHY_DENIED);
	assert_says(f.e, "--token-fd");
	f.options.value[AUTH_TOKEN] = "e30.eyJleHAiOjE3MDAwMDA1MDB9.x";
	flows_open(&f);
	flows_ask(&f);
	assert_why(flows_answer(&f, 0, ""), RC_FATAL, f.e, WHY_DENIED);
	/* A token without an expiry is used until it is refused. */
	f.options.value[AUTH_TOKEN] = "opaque";
	flows_open(&f);
	flows_ask(&f);
	assert_ok(flows_answer(&f, 0, ""));
	assert_non_null(auth_token(f.auth, 1000 + 86400));
	f.options.value[AUTH_TOKEN] = "a b";
	flows_refuse(&f, "--token-fd");
	flows_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_follows_what_is_configured),
		cmocka_unit_test(missing_values_are_listed),
		cmocka_unit_test(the_token_file_is_read_for_each_request),
		cmocka_unit_test(the_proxy_of_aks_stands_before_the_authority),
		cmocka_unit_test(proxies_of_aks_that_are_refused),
		cmocka_unit_test(github_gives_the_assertion),
		cmocka_unit_test(the_exchange_has_an_audience_in_each_cloud),
		cmocka_unit_test(pipelines_give_the_assertion),
		cmocka_unit_test(az_is_run_by_its_absolute_path),
		cmocka_unit_test(both_forms_of_azs_answer_are_read),
		cmocka_unit_test(failures_of_az),
		cmocka_unit_test(a_given_token_is_used_until_its_end),
	};

	return RUN(tests);
}
