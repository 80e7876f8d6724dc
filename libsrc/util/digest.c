/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "util/digest.h"

struct digest {
	EVP_MD_CTX *ctx;
};

static enum rc
foreign(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_FOREIGN, "SHA-256 failed in OpenSSL");
}

/* Without memory for its own beginnings OpenSSL 3 goes on with what it does
 * not have. */
static bool
is_there(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return OSSL_LIB_CTX_get0_global_default() != NULL;
#else
	return true;
#endif
}

enum rc
digest_create(struct digest **dp, struct err *e)
{
	struct digest *const d = calloc(1, sizeof(*d));

	*dp = NULL;
	if (d == NULL || !is_there()) {
		free(d);
		return err_nomem(e);
	}
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL ||
	    EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		digest_destroy(d);
		return foreign(e);
	}
	*dp = d;
	return RC_OK;
}

void
digest_destroy(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

enum rc
digest_restart(struct digest *d, struct err *e)
{
	if (EVP_DigestInit_ex(d->ctx, NULL, NULL) != 1)
		return foreign(e);
	return RC_OK;
}

enum rc
digest_add(struct digest *d, struct span s, struct err *e)
{
	if (s.n != 0 && EVP_DigestUpdate(d->ctx, s.p, s.n) != 1)
		return foreign(e);
	return RC_OK;
}

enum rc
digest_final(struct digest *d, uint8_t out[DIGEST_BYTES], struct err *e)
{
	unsigned n = 0;

	if (EVP_DigestFinal_ex(d->ctx, out, &n) != 1 || n != DIGEST_BYTES)
		return foreign(e);
	return RC_OK;
}

enum rc
digest_final_hex(struct digest *d, char out[DIGEST_HEX], struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];
	const enum rc rc = digest_final(d, bytes, e);

	if (rc != RC_OK)
		return rc;
	digest_hex(bytes, sizeof(bytes), out);
	return RC_OK;
}

enum rc
digest_once(struct span s, uint8_t out[DIGEST_BYTES], struct err *e)
{
	unsigned n = 0;

	if (!is_there())
		return err_nomem(e);
	if (EVP_Digest(s.p, s.n, out, &n, EVP_sha256(), NULL) != 1)
		return foreign(e);
	return RC_OK;
}

void
digest_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}
