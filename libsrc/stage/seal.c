/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "stage/seal.h"

/* Where `what` stands for the last time; text.n if it does not. */
static size_t
last(struct span text, const char *what)
{
	const size_t n = strlen(what);
	size_t at = text.n;

	for (size_t from = 0; from < text.n; from = at + 1) {
		const uint8_t *const p =
		    memmem(text.p + from, text.n - from, what, n);
		if (p == NULL)
			break;
		at = (size_t)(p - text.p);
	}
	return at;
}

static enum rc
sum(struct span text, size_t at, char hex[DIGEST_HEX], struct err *e)
{
	const size_t behind = at + sizeof(SEAL_OPEN) - 1;
	struct digest *d = NULL;
	enum rc rc = digest_create(&d, e);

	if (rc == RC_OK)
		rc = digest_add(d, span_of(text.p, at), e);
	if (rc == RC_OK)
		rc = digest_add(d, SPAN(SEAL_OPEN), e);
	if (rc == RC_OK)
		rc =
		    digest_add(d, span_of(text.p + behind, text.n - behind), e);
	if (rc == RC_OK)
		rc = digest_final_hex(d, hex, e);
	digest_destroy(d);
	return rc;
}

enum rc
seal_put(struct buf *text, struct err *e)
{
	const size_t at = last(buf_span(text), SEAL_OPEN);
	char hex[DIGEST_HEX];

	assert(at < text->n);
	const enum rc rc = sum(buf_span(text), at, hex, e);
	if (rc == RC_OK)
		memcpy(text->p + at, hex, DIGEST_HEX - 1);
	return rc;
}

enum rc
seal_check(struct span text, const char *seal, struct err *e)
{
	const bool whole = strlen(seal) == DIGEST_HEX - 1;
	const size_t at = whole ? last(text, seal) : text.n;
	char hex[DIGEST_HEX];

	const enum rc rc = at < text.n ? sum(text, at, hex, e) : RC_OK;
	if (rc != RC_OK || (at < text.n && strcmp(hex, seal) == 0))
		return rc;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "it was changed: its seal does not hold");
}
