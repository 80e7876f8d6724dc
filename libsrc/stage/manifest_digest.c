/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/manifest_digest.h"
#include "util/json.h"

#define MEMBER "digest"
#define CONTENT_MAX ((size_t)1 << 30)

static enum rc
sum(const struct cJSON *root, size_t max, char hex[DIGEST_HEX], struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];
	struct buf text;

	buf_init(&text, max);
	enum rc rc = json_canonical(&text, root, MEMBER, e);
	if (rc == RC_OK)
		rc = digest_once(buf_span(&text), bytes, e);
	if (rc == RC_OK)
		digest_hex(bytes, sizeof(bytes), hex);
	buf_reset(&text);
	return rc;
}

enum rc
manifest_digest_write(struct cJSON *root, struct buf *text, struct err *e)
{
	char hex[DIGEST_HEX];

	const enum rc rc = sum(root, text->max, hex, e);
	if (rc != RC_OK)
		return rc;
	json_add_text(root, MEMBER, hex);
	return json_canonical(text, root, NULL, e);
}

enum rc
manifest_digest_check(const struct cJSON *root, struct span text, struct err *e)
{
	const char *const seal = json_text(root, MEMBER);
	/* The canonical form of a number may be longer than the number in
	 * `text`. */
	const size_t max = 32 * text.n + 64;
	char hex[DIGEST_HEX] = "";
	struct buf again;

	buf_init(&again, max);
	enum rc rc = json_canonical(&again, root, NULL, e);
	if (rc == RC_OK)
		rc = sum(root, max, hex, e);
	const bool same = span_eq(buf_span(&again), text);
	buf_reset(&again);
	if (rc == RC_OK && same && seal != NULL && strcmp(seal, hex) == 0)
		return RC_OK;
	if (rc == RC_FATAL && e->why == WHY_MEMORY)
		return rc;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    seal == NULL ? "the file was changed: its digest is missing"
			 : "the file was changed: its digest does not match");
}

enum rc
manifest_digest_content(
    const struct cJSON *root, char sha256[DIGEST_HEX], struct err *e)
{
	uint8_t sum[DIGEST_BYTES];
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, CONTENT_MAX);
	for (const struct cJSON *v = json_first(root); v != NULL && rc == RC_OK;
	     v = json_next(v)) {
		if (strcmp(json_name(v), "run") == 0 ||
		    strcmp(json_name(v), "digest") == 0)
			continue;
		json_put(&text, span_str(json_name(v)));
		rc = json_write(&text, v, e);
	}
	if (rc == RC_OK)
		rc = digest_once(buf_span(&text), sum, e);
	if (rc == RC_OK)
		digest_hex(sum, sizeof(sum), sha256);
	buf_reset(&text);
	return rc;
}
