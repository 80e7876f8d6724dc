/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/unit/flows.h"
#include "util/json.h"

#define DAY 86400
#define PASSWORD "pass-word-0123456789"

static EVP_PKEY *key;
static EVP_PKEY *other;
static X509 *own;
static X509 *issuer;

/* A self-signed certificate, valid for days around FLOWS_NOW. */
static X509 *
make_certificate(EVP_PKEY *k, long serial, long from, long to)
{
	X509 *const x = X509_new();

	assert_non_null(x);
	(void)X509_set_version(x, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	(void)ASN1_TIME_set(
	    X509_getm_notBefore(x), (time_t)(FLOWS_NOW + from * DAY));
	(void)ASN1_TIME_set(
	    X509_getm_notAfter(x), (time_t)(FLOWS_NOW + to * DAY));
	(void)X509_set_pubkey(x, k);
	assert_true(X509_sign(x, k, EVP_sha256()) > 0);
	return x;
}

static int
set_up(void **state)
{
	(void)state;
	key = EVP_RSA_gen(2048);
	other = EVP_RSA_gen(2048);
	own = make_certificate(key, 1, -1, 1);
	issuer = make_certificate(other, 2, -1, 1);
	return key != NULL && other != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	X509_free(own);
	X509_free(issuer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

/* --- files ---------------------------------------------------------------- */

struct pem {
	EVP_PKEY *key; /* NULL: none */
	X509 *certs[3];
	const char *password; /* of the key; NULL: not encrypted */
};

static void
write_pem(struct flows *f, const struct pem *what)
{
	FILE *const file = fopen(in(f->dir, "cert"), "w");

	assert_non_null(file);
	for (int i = 0; i < 3 && what->certs[i] != NULL; i++)
		assert_true(PEM_write_X509(file, what->certs[i]));
	if (what->key != NULL)
		assert_true(PEM_write_PKCS8PrivateKey(file, what->key,
		    what->password != NULL ? EVP_aes_256_cbc() : NULL, NULL, 0,
		    NULL, (void *)(uintptr_t)what->password));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(in(f->dir, "cert"), 0600), 0);
}

static void
write_pkcs12(struct flows *f, const char *password)
{
	STACK_OF(X509) *const more = sk_X509_new_null();
	FILE *const file = fopen(in(f->dir, "cert"), "w");

	(void)sk_X509_push(more, issuer);
	PKCS12 *const p = PKCS12_create(
	    password, "name", key, own, more, 0, 0, 1000, 1000, 0);
	assert_non_null(p);
	assert_non_null(file);
	assert_true(i2d_PKCS12_fp(file, p));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(in(f->dir, "cert"), 0600), 0);
	PKCS12_free(p);
	sk_X509_free(more);
}

static void
begin(struct flows *f)
{
	flows_begin(f, "certificate");
	f->options.value[AUTH_CERT_FILE] = in(f->dir, "cert");
}

/* --- reading an assertion ------------------------------------------------- */

struct assertion {
	struct cJSON *header;
	struct cJSON *claims;
	char *signed_text; /* header.claims */
	uint8_t signature[512];
	size_t n;
};

static size_t
decode(const char *text, size_t n, uint8_t *out)
{
	char padded[8192] = "";

	assert_true(n + 4 < sizeof(padded));
	for (size_t i = 0; i < n; i++) {
		assert_null(strchr("+/=", text[i]));
		padded[i] = text[i];
		if (text[i] == '-')
			padded[i] = '+';
		if (text[i] == '_')
			padded[i] = '/';
	}
	size_t end = n;
	while (end % 4 != 0)
		padded[end++] = '=';
	const int got = EVP_DecodeBlock(out, (const uint8_t *)padded, (int)end);
	assert_true(got >= 0);
	return (size_t)got - (end - n);
}

static struct cJSON *
decode_json(const char *text, size_t n)
{
	uint8_t room[8192];
	struct cJSON *root = NULL;
	struct err e;

	assert_ok(
	    json_parse(span_of(room, decode(text, n, room)), "it", &root, &e));
	return root;
}

static void
read_assertion(struct flows *f, struct assertion *a)
{
	flows_ask(f);
	char *const text = flows_field(f, "client_assertion");
	char *const first = strchr(text, '.');
	assert_non_null(first);
	char *const second = strchr(first + 1, '.');
	assert_non_null(second);
	a->header = decode_json(text, (size_t)(first - text));
	a->claims = decode_json(first + 1, (size_t)(second - first - 1));
	a->n = decode(second + 1, strlen(second + 1), a->signature);
	*second = '\0';
	a->signed_text = text;
}

static void
free_assertion(struct assertion *a)
{
	json_free(a->header);
	json_free(a->claims);
	free(a->signed_text);
}

/* True if the signature verifies with a salt of this length; -1: PKCS#1 v1.5.
 */
static bool
verifies(const struct assertion *a, EVP_PKEY *k, int salt)
{
	EVP_MD_CTX *const md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;

	assert_int_equal(
	    EVP_DigestVerifyInit(md, &p, EVP_sha256(), NULL, k), 1);
	(void)EVP_PKEY_CTX_set_rsa_padding(
	    p, salt >= 0 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING);
	if (salt >= 0)
		(void)EVP_PKEY_CTX_set_rsa_pss_saltlen(p, salt);
	const int done = EVP_DigestVerify(md, a->signature, a->n,
	    (const uint8_t *)a->signed_text, strlen(a->signed_text));
	EVP_MD_CTX_free(md);
	return done == 1;
}

static void
expect_thumbprint(const struct assertion *a, const char *name, bool sha1)
{
	uint8_t want[64];
	uint8_t got[64];
	unsigned n = 0;
	const char *const text = json_text(a->header, name);

	assert_non_null(text);
	(void)X509_digest(own, sha1 ? EVP_sha1() : EVP_sha256(), want, &n);
	assert_int_equal(decode(text, strlen(text), got), n);
	assert_memory_equal(got, want, n);
}

static uint64_t
claim(const struct assertion *a, const char *name)
{
	uint64_t v = 0;
	struct err e;

	assert_ok(json_need_u64(a->claims, name, &v, &e));
	return v;
}

/* --- tests ---------------------------------------------------------------- */

static void
the_assertion_is_what_entra_asks_for(void **state)
{
	static const struct pem pem = { .certs = { 0 } };
	struct pem good = pem;
	struct flows f;
	struct assertion a;
	struct assertion next;

	(void)state;
	begin(&f);
	good.key = key;
	good.certs[0] = issuer;
	good.certs[1] = own;
	write_pem(&f, &good);
	flows_open(&f);
	read_assertion(&f, &a);
	assert_string_equal(json_text(a.header, "alg"), "PS256");
	assert_string_equal(json_text(a.header, "typ"), "JWT");
	assert_null(json_get(a.header, "x5c"));
	assert_null(json_get(a.header, "x5t"));
	expect_thumbprint(&a, "x5t#S256", false);
	assert_string_equal(json_text(a.claims, "aud"), f.step.http.url);
	assert_string_equal(json_text(a.claims, "iss"), "client-1");
	assert_string_equal(json_text(a.claims, "sub"), "client-1");
	assert_int_equal(claim(&a, "nbf"), FLOWS_NOW);
	assert_int_equal(claim(&a, "iat"), FLOWS_NOW);
	assert_int_equal(claim(&a, "exp"), FLOWS_NOW + 600);
	assert_int_equal(strlen(json_text(a.claims, "jti")), 36);
	assert_true(verifies(&a, key, 32));
	assert_false(verifies(&a, key, 222));
	assert_false(verifies(&a, key, -1));
	assert_false(verifies(&a, other, 32));
	/* Each request has an assertion with its own jti. */
	read_assertion(&f, &next);
	assert_string_not_equal(
	    json_text(a.claims, "jti"), json_text(next.claims, "jti"));
	assert_true(auth_leaks(f.auth, next.signed_text));
	free_assertion(&a);
	free_assertion(&next);
	flows_end(&f);
}

static void
rs256_and_the_chain_on_request(void **state)
{
	const struct pem pem = { key, { own, issuer, NULL }, NULL };
	struct flows f;
	struct assertion a;
	uint8_t der[4096];
	uint8_t *p = der;

	(void)state;
	begin(&f);
	f.options.value[AUTH_CERT_ALGORITHM] = "RS256";
	f.options.value[AUTH_CERT_CHAIN] = "true";
	write_pem(&f, &pem);
	flows_open(&f);
	read_assertion(&f, &a);
	assert_string_equal(json_text(a.header, "alg"), "RS256");
	expect_thumbprint(&a, "x5t#S256", false);
	expect_thumbprint(&a, "x5t", true);
	assert_true(verifies(&a, key, -1));
	const struct cJSON *const x5c = json_get(a.header, "x5c");
	const struct cJSON *const first = json_first(x5c);
	assert_non_null(first);
	assert_non_null(json_next(first));
	assert_null(json_next(json_next(first)));
	/* The first certificate of x5c is the key's own, in base64 of its DER.
	 */
	const int n = i2d_X509(own, &p);
	uint8_t text[8192];
	(void)EVP_EncodeBlock(text, der, n);
	struct buf b;
	struct err e;
	buf_init(&b, 16384);
	assert_ok(json_write(&b, first, &e));
	buf_byte(&b, '\0');
	assert_has((const char *)b.p, (const char *)text);
	buf_reset(&b);
	free_assertion(&a);
	f.options.value[AUTH_CERT_ALGORITHM] = "HS256";
	flows_refuse(&f, "PS256 or RS256");
	flows_end(&f);
}

static void
encrypted_files(void **state)
{
	const struct pem pem = { key, { own, NULL, NULL }, PASSWORD };
	struct flows f;
	struct assertion a;

	(void)state;
	begin(&f);
	write_pem(&f, &pem);
	flows_refuse(&f, "encrypted");
	f.options.value[AUTH_CERT_PASSWORD] = "wrong";
	flows_refuse(&f, "is the password right?");
	f.options.value[AUTH_CERT_PASSWORD] = PASSWORD;
	flows_open(&f);
	write_pkcs12(&f, PASSWORD);
	flows_open(&f);
	read_assertion(&f, &a);
	assert_true(verifies(&a, key, 32));
	expect_thumbprint(&a, "x5t#S256", false);
	assert_true(auth_leaks(f.auth, "the password " PASSWORD));
	free_assertion(&a);
	f.options.value[AUTH_CERT_PASSWORD] = NULL;
	flows_refuse(&f, "password");
	f.options.value[AUTH_CERT_PASSWORD] = "wrong";
	flows_refuse(&f, "password");
	assert_null(strstr(f.e.text, PASSWORD));
	write_pkcs12(&f, "");
	f.options.value[AUTH_CERT_PASSWORD] = NULL;
	flows_open(&f);
	flows_end(&f);
}

static void
files_that_are_refused(void **state)
{
	X509 *const expired = make_certificate(key, 3, -3, -1);
	X509 *const early = make_certificate(key, 4, 1, 3);
	EVP_PKEY *const small = EVP_RSA_gen(1024);
	EVP_PKEY *const curve = EVP_EC_gen("P-256");
	X509 *const of_small = make_certificate(small, 5, -1, 1);
	X509 *const of_curve = make_certificate(curve, 6, -1, 1);
	const struct {
		struct pem pem;
		const char *says;
	} all[] = {
		{ { NULL, { own }, NULL }, "no private key" },
		{ { key, { NULL }, NULL }, "none of its certificates belongs" },
		{ { key, { issuer }, NULL },
		    "none of its certificates belongs" },
		{ { key, { expired }, NULL }, "expired" },
		{ { key, { early }, NULL }, "not valid yet" },
		{ { small, { of_small }, NULL }, "2048 bits" },
		{ { curve, { of_curve }, NULL }, "must be RSA" },
	};
	struct flows f;

	(void)state;
	begin(&f);
	flows_refuse(&f, "No such file");
	for (size_t i = 0; i < COUNT(all); i++) {
		write_pem(&f, &all[i].pem);
		flows_refuse(&f, all[i].says);
	}
	write_pem(&f, &(struct pem){ key, { own }, NULL });
	assert_int_equal(chmod(in(f.dir, "cert"), 0640), 0);
	flows_refuse(&f, "chmod 600");
	assert_int_equal(chmod(in(f.dir, "cert"), 0600), 0);
	file_write(in(f.dir, "cert"), SPAN("0\x82 not DER"));
	flows_refuse(&f, "neither PEM nor PKCS#12");
	file_write(in(f.dir, "cert"), SPAN(""));
	flows_refuse(&f, "no private key");
	f.options.value[AUTH_CERT_FILE] = f.dir;
	flows_refuse(&f, "not a regular file");
	X509_free(expired);
	X509_free(early);
	X509_free(of_small);
	X509_free(of_curve);
	EVP_PKEY_free(small);
	EVP_PKEY_free(curve);
	flows_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_assertion_is_what_entra_asks_for),
		cmocka_unit_test(rs256_and_the_chain_on_request),
		cmocka_unit_test(encrypted_files),
		cmocka_unit_test(files_that_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
