/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's SHA-256 functions are used instead of EVP, because EVP allocates a
 * state for every digest, and each record has a digest.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "util/digest.h"
#include "util/digest_lanes.h"
#include "util/num.h"

struct digest {
	SHA256_CTX state;
	bool lanes; /* the result of digest_lanes_available() */
};

_Static_assert(sizeof(((SHA256_CTX *)0)->h[0]) == sizeof(uint32_t),
    "OpenSSL's words have another size");

static enum rc
foreign(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_FOREIGN, "SHA-256 failed in OpenSSL");
}

enum rc
digest_create(struct digest **dp, struct err *e)
{
	struct digest *const d = calloc(1, sizeof(*d));

	*dp = d;
	if (d == NULL)
		return err_nomem(e);
	d->lanes = digest_lanes_available();
	return digest_restart(d, e);
}

void
digest_destroy(struct digest *d)
{
	free(d);
}

enum rc
digest_restart(struct digest *d, struct err *e)
{
	return SHA256_Init(&d->state) == 1 ? RC_OK : foreign(e);
}

enum rc
digest_add(struct digest *d, struct span s, struct err *e)
{
	if (s.n != 0 && SHA256_Update(&d->state, s.p, s.n) != 1)
		return foreign(e);
	return RC_OK;
}

enum rc
digest_final(struct digest *d, uint8_t out[DIGEST_BYTES], struct err *e)
{
	return SHA256_Final(out, &d->state) == 1 ? RC_OK : foreign(e);
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

/* --- parts ---------------------------------------------------------------- */

/* Remove the first n bytes from the part. */
static void
skip(struct digest_part *p, size_t n)
{
	p->bytes = span_of(p->bytes.p + n, p->bytes.n - n);
	if (p->copy != NULL)
		p->copy += n;
}

/* Add the first n bytes with OpenSSL, and copy them. */
static enum rc
add_first(struct digest_part *p, size_t n, struct err *e)
{
	const struct span first = span_of(p->bytes.p, n);

	if (n == 0)
		return RC_OK;
	if (p->copy != NULL)
		memcpy(p->copy, first.p, n);
	skip(p, n);
	return digest_add(p->digest, first, e);
}

/* Add bytes until the state contains whole blocks only. */
static enum rc
align(struct digest_part *p, struct err *e)
{
	const size_t part = p->digest->state.num;
	const size_t n = part == 0 ? 0 : DIGEST_LANES_BLOCK - part;

	return add_first(p, n < p->bytes.n ? n : p->bytes.n, e);
}

static struct digest_lane
lane_of(const struct digest_part *p)
{
	return (struct digest_lane){ p->digest->state.h, p->bytes.p, p->copy };
}

/* Record that digest_lanes_one() or digest_lanes_two() has processed n blocks
 * of the part: add their bits to the length in the state, and remove them. */
static void
count_blocks(struct digest_part *p, size_t n)
{
	SHA256_CTX *const s = &p->digest->state;
	const uint64_t bytes = (uint64_t)n * DIGEST_LANES_BLOCK;
	const uint64_t bits = ((uint64_t)s->Nh << 32 | s->Nl) + bytes * 8;

	s->Nl = (uint32_t)bits;
	s->Nh = (uint32_t)(bits >> 32);
	skip(p, bytes);
}

enum rc
digest_add_part(const struct digest_part *part, struct err *e)
{
	struct digest_part p = *part;

	/* OpenSSL is as fast if nothing is copied. */
	if (p.digest->lanes && p.copy != NULL) {
		if (align(&p, e) != RC_OK)
			return e->rc;
		const size_t n = p.bytes.n / DIGEST_LANES_BLOCK;
		if (n != 0) {
			const struct digest_lane lane = lane_of(&p);
			digest_lanes_one(&lane, n);
			count_blocks(&p, n);
		}
	}
	return add_first(&p, p.bytes.n, e);
}

enum rc
digest_add_both(const struct digest_part part[2], struct err *e)
{
	struct digest_part a = part[0];
	struct digest_part b = part[1];
	enum rc rc = RC_OK;

	if (a.digest->lanes) {
		rc = align(&a, e);
		if (rc == RC_OK)
			rc = align(&b, e);
	}
	const size_t least = a.bytes.n < b.bytes.n ? a.bytes.n : b.bytes.n;
	const size_t n = least / DIGEST_LANES_BLOCK;
	if (rc == RC_OK && a.digest->lanes && n != 0 &&
	    a.digest->state.num == 0 && b.digest->state.num == 0) {
		const struct digest_lane lane_a = lane_of(&a);
		const struct digest_lane lane_b = lane_of(&b);
		digest_lanes_two(&lane_a, &lane_b, n);
		count_blocks(&a, n);
		count_blocks(&b, n);
	}
	if (rc == RC_OK)
		rc = digest_add_part(&a, e);
	return rc == RC_OK ? digest_add_part(&b, e) : rc;
}

_Static_assert(
    sizeof(SHA256_CTX) == DIGEST_STATE, "OpenSSL's state has another size");

void
digest_save(const struct digest *d, struct digest_state *s)
{
	memcpy(s->bytes, &d->state, sizeof(s->bytes));
}

void
digest_restore(struct digest *d, const struct digest_state *s)
{
	memcpy(&d->state, s->bytes, sizeof(s->bytes));
}

enum rc
digest_once(struct span s, uint8_t out[DIGEST_BYTES], struct err *e)
{
	struct digest d;

	enum rc rc = digest_restart(&d, e);
	if (rc == RC_OK)
		rc = digest_add(&d, s, e);
	return rc == RC_OK ? digest_final(&d, out, e) : rc;
}

void
digest_sha1(struct span s, uint8_t out[DIGEST_SHA1_BYTES])
{
	SHA_CTX state;

	/* The functions of SHA-1 cannot fail. */
	(void)SHA1_Init(&state);
	(void)SHA1_Update(&state, s.p, s.n);
	(void)SHA1_Final(out, &state);
}

void
digest_hex(const uint8_t *bytes, size_t n, char *out)
{
	*num_hex_bytes_lower((uint8_t *)out, span_of(bytes, n)) = '\0';
}

#define IS_DIGIT 16U

/* Values of hex digits, with IS_DIGIT set. */
static const uint8_t digits[256] = { ['0'] = IS_DIGIT,
	['1'] = IS_DIGIT | 1,
	['2'] = IS_DIGIT | 2,
	['3'] = IS_DIGIT | 3,
	['4'] = IS_DIGIT | 4,
	['5'] = IS_DIGIT | 5,
	['6'] = IS_DIGIT | 6,
	['7'] = IS_DIGIT | 7,
	['8'] = IS_DIGIT | 8,
	['9'] = IS_DIGIT | 9,
	['a'] = IS_DIGIT | 10,
	['b'] = IS_DIGIT | 11,
	['c'] = IS_DIGIT | 12,
	['d'] = IS_DIGIT | 13,
	['e'] = IS_DIGIT | 14,
	['f'] = IS_DIGIT | 15 };

bool
digest_unhex(struct span hex, uint8_t *bytes)
{
	unsigned all = IS_DIGIT;

	for (size_t i = 0; i + 1 < hex.n; i += 2) {
		const unsigned high = digits[hex.p[i]];
		const unsigned low = digits[hex.p[i + 1]];
		all &= high & low;
		bytes[i / 2] = (uint8_t)(high << 4 | (low & 15U));
	}
	return (all & IS_DIGIT) != 0 && hex.n % 2 == 0;
}

bool
digest_is_hex(const char *text)
{
	return strlen(text) == DIGEST_HEX - 1 &&
	       strspn(text, "0123456789abcdef") == DIGEST_HEX - 1;
}
