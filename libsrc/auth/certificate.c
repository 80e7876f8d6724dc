/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "auth/base64.h"
#include "auth/certificate.h"
#include "util/io.h"

#define FILE_MAX (1U << 20)
#define CHAIN_MAX 16
#define KEY_BITS 2048
#define SALT 32

struct certificate {
	EVP_PKEY *key;
	/* The certificates, first the one that belongs to the key. */
	X509 *chain[CHAIN_MAX];
	int n;
};

static enum rc
refuse(const struct certificate_file *f, const char *why, struct err *e)
{
	ERR_clear_error();
	return err_set(e, RC_FATAL, WHY_USAGE, "client certificate %.200s: %s",
	    f->path, why);
}

static enum rc
openssl_failed(struct err *e)
{
	const char *const why = ERR_reason_error_string(ERR_peek_last_error());

	(void)err_set(e, RC_FATAL, WHY_FOREIGN, "OpenSSL: %s",
	    why != NULL ? why : "failed");
	ERR_clear_error();
	return RC_FATAL;
}

/* --- reading ------------------------------------------------------------- */

struct password {
	const char *text; /* the password of the file; NULL: none was given */
	bool asked;       /* OpenSSL has called get_password() */
};

/* Give OpenSSL the password of the key. Without a callback, OpenSSL would ask
 * for it on the terminal. */
static int
get_password(char *out, int size, int writing, void *arg)
{
	struct password *const p = arg;
	const size_t n = p->text != NULL ? strlen(p->text) : 0;

	(void)writing;
	p->asked = true;
	if (n == 0 || n > (size_t)size)
		return -1;
	memcpy(out, p->text, n);
	return (int)n;
}

/* Append a certificate, which c then owns. False if there are too many; it is
 * then freed. */
static bool
add(struct certificate *c, X509 *x)
{
	if (c->n == CHAIN_MAX) {
		X509_free(x);
		return false;
	}
	c->chain[c->n++] = x;
	return true;
}

static enum rc
read_pem(struct certificate *c, const struct certificate_file *f,
    struct span bytes, struct err *e)
{
	struct password password = { f->password, false };
	BIO *const keys = BIO_new_mem_buf(bytes.p, (int)bytes.n);
	BIO *const certs = BIO_new_mem_buf(bytes.p, (int)bytes.n);
	bool room = true;

	if (keys != NULL && certs != NULL) {
		c->key = PEM_read_bio_PrivateKey(
		    keys, NULL, get_password, &password);
		while (room) {
			X509 *const x =
			    PEM_read_bio_X509(certs, NULL, NULL, NULL);
			if (x == NULL)
				break;
			room = add(c, x);
		}
	}
	BIO_free(keys);
	BIO_free(certs);
	if (!room)
		return refuse(f, "it contains too many certificates", e);
	if (c->key != NULL)
		return RC_OK;
	return refuse(f,
	    !password.asked ? "it contains no private key (PEM or PKCS#12)"
	    : f->password == NULL
		? "its key is encrypted: give client_certificate_password_file "
		  "or AZURE_CLIENT_CERTIFICATE_PASSWORD"
		: "its key cannot be decrypted: is the password right?",
	    e);
}

static enum rc
read_pkcs12(struct certificate *c, const struct certificate_file *f,
    struct span bytes, struct err *e)
{
	const unsigned char *p = bytes.p;
	PKCS12 *const file = d2i_PKCS12(NULL, &p, (long)bytes.n);
	STACK_OF(X509) *others = NULL;
	X509 *own = NULL;
	bool room = true;

	if (file == NULL)
		return refuse(f, "it is neither PEM nor PKCS#12", e);
	const int parsed = PKCS12_parse(file,
	    f->password != NULL ? f->password : "", &c->key, &own, &others);
	PKCS12_free(file);
	if (own != NULL)
		room = add(c, own);
	while (others != NULL && sk_X509_num(others) > 0)
		room = add(c, sk_X509_shift(others)) && room;
	sk_X509_free(others);
	if (parsed != 1)
		return refuse(f,
		    ERR_GET_REASON(ERR_peek_last_error()) ==
			    PKCS12_R_MAC_VERIFY_FAILURE
			? "the password of the PKCS#12 file is wrong or missing"
			: "the PKCS#12 file cannot be decrypted: export it "
			  "again with AES (openssl pkcs12 -export)",
		    e);
	if (!room)
		return refuse(f, "it contains too many certificates", e);
	return c->key != NULL ? RC_OK
			      : refuse(f, "it contains no private key", e);
}

/* --- checks -------------------------------------------------------------- */

/* Move the certificate of the key to the front, then check both. */
static enum rc
check(struct certificate *c, const struct certificate_file *f, struct err *e)
{
	time_t now = (time_t)f->now;
	int own = 0;

	while (own < c->n && X509_check_private_key(c->chain[own], c->key) != 1)
		own++;
	if (own == c->n)
		return refuse(
		    f, "none of its certificates belongs to its key", e);
	X509 *const first = c->chain[own];
	memmove(&c->chain[1], &c->chain[0], (size_t)own * sizeof(*c->chain));
	c->chain[0] = first;
	if (EVP_PKEY_get_base_id(c->key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(c->key) < KEY_BITS)
		return refuse(f, "its key must be RSA of 2048 bits or more", e);
	if (X509_cmp_time(X509_get0_notAfter(first), &now) < 0)
		return refuse(f, "it has expired", e);
	if (X509_cmp_time(X509_get0_notBefore(first), &now) > 0)
		return refuse(f, "it is not valid yet: check the clock", e);
	return RC_OK;
}

enum rc
certificate_open(
    const struct certificate_file *file, struct certificate **cp, struct err *e)
{
	struct certificate *c;
	struct stat st;
	struct buf bytes;

	*cp = NULL;
	if (stat(file->path, &st) == -1)
		return refuse(file, strerror(errno), e);
	if (!S_ISREG(st.st_mode))
		return refuse(file, "it is not a regular file", e);
	if ((st.st_mode & 077) != 0)
		return refuse(file,
		    "other users can read it: protect it with chmod 600", e);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_nomem(e);
	buf_init(&bytes, FILE_MAX);
	enum rc rc = io_slurp(AT_FDCWD, file->path, &bytes, e);
	if (rc != RC_OK)
		e->why = WHY_USAGE;
	/* PKCS#12 is DER, which begins with the tag of a SEQUENCE, 0x30. A PEM
	 * file does not begin with this byte. */
	if (rc == RC_OK && bytes.n > 0 && bytes.p[0] == 0x30)
		rc = read_pkcs12(c, file, buf_span(&bytes), e);
	else if (rc == RC_OK)
		rc = read_pem(c, file, buf_span(&bytes), e);
	if (rc == RC_OK)
		rc = check(c, file, e);
	buf_wipe(&bytes);
	ERR_clear_error();
	if (rc != RC_OK) {
		certificate_close(c);
		return rc;
	}
	*cp = c;
	return RC_OK;
}

void
certificate_close(struct certificate *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < c->n; i++)
		X509_free(c->chain[i]);
	EVP_PKEY_free(c->key);
	free(c);
}

/* --- texts --------------------------------------------------------------- */

enum rc
certificate_put_thumbprint(
    const struct certificate *c, bool sha1, struct buf *out, struct err *e)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (X509_digest(
		c->chain[0], sha1 ? EVP_sha1() : EVP_sha256(), digest, &n) != 1)
		return openssl_failed(e);
	base64_put_url(out, span_of(digest, n));
	return out->full ? buf_fail(out, "an assertion", e) : RC_OK;
}

enum rc
certificate_put_chain(
    const struct certificate *c, struct buf *out, struct err *e)
{
	for (int i = 0; i < c->n; i++) {
		unsigned char *der = NULL;
		const int n = i2d_X509(c->chain[i], &der);
		if (n < 0)
			return openssl_failed(e);
		buf_str(out, i > 0 ? ",\"" : "\"");
		base64_put(out, span_of(der, (size_t)n));
		buf_byte(out, '"');
		OPENSSL_free(der);
	}
	return out->full ? buf_fail(out, "an assertion", e) : RC_OK;
}

enum rc
certificate_put_signature(const struct certificate *c, bool pss,
    struct span text, struct buf *out, struct err *e)
{
	EVP_MD_CTX *const md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL; /* `md` owns this context */
	uint8_t signature[2048];
	size_t n = sizeof(signature);

	const bool done =
	    md != NULL &&
	    EVP_DigestSignInit(md, &p, EVP_sha256(), NULL, c->key) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(
		p, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
	    (!pss || (EVP_PKEY_CTX_set_rsa_mgf1_md(p, EVP_sha256()) == 1 &&
			 EVP_PKEY_CTX_set_rsa_pss_saltlen(p, SALT) == 1)) &&
	    EVP_DigestSign(md, signature, &n, text.p, text.n) == 1;
	EVP_MD_CTX_free(md);
	if (!done)
		return openssl_failed(e);
	base64_put_url(out, span_of(signature, n));
	return out->full ? buf_fail(out, "an assertion", e) : RC_OK;
}
