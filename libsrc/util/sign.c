/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "util/sign.h"

struct sign_key {
	EVP_PKEY *pkey;
};

/* OpenSSL calls this to get the passphrase of a key. It fails, since OpenSSL
 * would otherwise read the passphrase from the terminal. */
static int
no_passphrase(char *text, int size, int writing, void *ctx)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum rc
open_key(const char *path, FILE **f, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*f = fd == -1 ? NULL : fdopen(fd, "r");
	if (*f != NULL)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "open %.300s", path);
	e->why = WHY_USAGE;
	if (fd != -1)
		(void)close(fd);
	return RC_FATAL;
}

static enum rc
check_kind(EVP_PKEY *key, const char *path, struct sign_key **kp, struct err *e)
{
	if (key != NULL && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) {
		*kp = malloc(sizeof(**kp));
		if (*kp != NULL) {
			(*kp)->pkey = key;
			return RC_OK;
		}
		EVP_PKEY_free(key);
		return err_nomem(e);
	}
	const bool none = key == NULL;
	EVP_PKEY_free(key);
	return err_set(e, RC_FATAL, WHY_USAGE, "%.300s %s", path,
	    none ? "has no usable PEM key: give an Ed25519 key without a "
		   "passphrase"
		 : "is not an Ed25519 key: make one with openssl genpkey "
		   "-algorithm ed25519");
}

enum rc
sign_key_private(const char *path, struct sign_key **kp, struct err *e)
{
	EVP_PKEY *key = NULL;
	struct stat st;
	FILE *f;

	*kp = NULL;
	if (open_key(path, &f, e) != RC_OK)
		return RC_FATAL;
	const bool open_to_others =
	    fstat(fileno(f), &st) == -1 || (st.st_mode & 077) != 0;
	if (!open_to_others)
		key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
	(void)fclose(f);
	return open_to_others
		   ? err_set(e, RC_FATAL, WHY_USAGE, "%.300s %s", path,
			 "is a private key that other users can access: chmod "
			 "600 it")
		   : check_kind(key, path, kp, e);
}

enum rc
sign_key_public(const char *path, struct sign_key **kp, struct err *e)
{
	FILE *f;

	*kp = NULL;
	if (open_key(path, &f, e) != RC_OK)
		return RC_FATAL;
	EVP_PKEY *const key = PEM_read_PUBKEY(f, NULL, no_passphrase, NULL);
	(void)fclose(f);
	return check_kind(key, path, kp, e);
}

void
sign_key_free(struct sign_key *k)
{
	if (k != NULL)
		EVP_PKEY_free(k->pkey);
	free(k);
}

enum rc
sign_make(const struct sign_key *k, struct span text,
    uint8_t signature[SIGN_BYTES], struct err *e)
{
	EVP_MD_CTX *const c = EVP_MD_CTX_new();
	size_t n = SIGN_BYTES;

	const bool ok = c != NULL &&
			EVP_DigestSignInit(c, NULL, NULL, NULL, k->pkey) == 1 &&
			EVP_DigestSign(c, signature, &n, text.p, text.n) == 1 &&
			n == SIGN_BYTES;
	EVP_MD_CTX_free(c);
	return ok ? RC_OK
		  : err_set(e, RC_FATAL, WHY_FOREIGN,
			"OpenSSL cannot make the signature");
}

enum rc
sign_check(const struct sign_key *k, struct span text, struct span signature,
    struct err *e)
{
	EVP_MD_CTX *const c = EVP_MD_CTX_new();

	if (c == NULL ||
	    EVP_DigestVerifyInit(c, NULL, NULL, NULL, k->pkey) != 1) {
		EVP_MD_CTX_free(c);
		return err_set(e, RC_FATAL, WHY_FOREIGN,
		    "OpenSSL cannot check the signature");
	}
	const bool ok =
	    signature.n == SIGN_BYTES &&
	    EVP_DigestVerify(c, signature.p, signature.n, text.p, text.n) == 1;
	EVP_MD_CTX_free(c);
	return ok ? RC_OK
		  : err_set(e, RC_FATAL, WHY_TAMPERED,
			"the signature does not match the file and the key");
}
