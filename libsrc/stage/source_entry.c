/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/account_json.h"
#include "stage/source_entry.h"
#include "util/filetime.h"
#include "util/json.h"

#define ACCOUNT_TEXT_MAX ((size_t)4096)

bool
source_entry_is_good(const struct source_entry *s)
{
	const struct account *const a = &s->account;

	return s->error == NULL && s->chunks_bad == 0 && a->damaged == 0 &&
	       a->regions == 0 && a->hidden == 0 && a->repaired == 0 &&
	       a->names == 0 && a->borrowed == 0 && a->disagreements == 0 &&
	       a->one_sided == 0;
}

static void
add_time(struct cJSON *o, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0) {
		json_add_null(o, name);
		return;
	}
	*filetime_put((uint8_t *)text, filetime) = '\0';
	json_add_text(o, name, text);
}

/* Add the record counts as text: the line of each source has many. */
static void
add_account(
    struct cJSON *o, const struct account *a, const char *const *reasons)
{
	struct buf text;

	buf_init(&text, ACCOUNT_TEXT_MAX);
	account_json_put(&text, a, reasons);
	if (text.full)
		json_add(o, "accounting", NULL); /* marks `o` as incomplete */
	else
		json_add_written(o, "accounting", buf_span(&text));
	buf_reset(&text);
}

static void
add_collected(struct cJSON *source, const struct source_entry_collected *c)
{
	if (c->by == NULL)
		return;
	struct cJSON *const o = json_add_object(source, "collected");
	json_add_text(o, "by", c->by);
	if (c->host != NULL)
		json_add_text(o, "host", c->host);
	json_add_text(o, "path", c->path);
	if (c->shadow_copy != 0)
		json_add_count(o, "shadow_copy", c->shadow_copy);
}

struct cJSON *
source_entry_json(const struct source_entry *s, const char *const *reasons)
{
	const char *const copy = copy_kind_name(&s->copy);
	struct cJSON *const o = json_object();

	json_add_text(o, "name", s->name);
	json_add_text(o, "sha256", s->sha256);
	if (s->archive_sha256[0] != '\0')
		json_add_text(o, "archive_sha256", s->archive_sha256);
	json_add_count(o, "bytes", s->bytes);
	json_add_count(o, "chunks", s->chunks);
	json_add_count(o, "chunks_bad", s->chunks_bad);
	json_add_bool(o, "bad", !source_entry_is_good(s));
	add_account(o, &s->account, reasons);
	add_time(o, "first_time", s->account.first_time);
	add_time(o, "last_time", s->account.last_time);
	if (copy != NULL) {
		json_add_text(o, "copy", copy);
		json_add_count(o, "header_ids_differ", s->copy.ids_differ);
		json_add_count(o, "header_times_shifted", s->copy.times_shift);
	}
	add_collected(o, &s->collected);
	if (s->duplicate_of != NULL)
		json_add_text(o, "duplicate_of", s->duplicate_of);
	if (s->error != NULL)
		json_add_text(o, "error", s->error);
	return o;
}

enum rc
source_entry_write(struct buf *b, const struct source_entry *s,
    const char *const *reasons, struct err *e)
{
	struct cJSON *const o = source_entry_json(s, reasons);
	const enum rc rc = json_write(b, o, e);

	json_free(o);
	buf_byte(b, '\n');
	return rc == RC_OK && b->full
		   ? buf_fail(b, "a line of sources.ndjson", e)
		   : rc;
}

/* Read the digest of a source. It is "" if the source was not readable. */
static enum rc
need_digest(const struct cJSON *o, char sha256[DIGEST_HEX], struct err *e)
{
	const char *text;
	const enum rc rc = json_need_text(o, "sha256", &text, e);

	if (rc != RC_OK)
		return rc;
	if (text[0] != '\0' && !digest_is_hex(text))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "\"%.80s\" is not a digest", text);
	memcpy(sha256, text, strlen(text) + 1);
	return RC_OK;
}

enum rc
source_entry_read(const struct cJSON *o, struct source_entry *s, struct err *e)
{
	const char *const archive = json_text(o, "archive_sha256");

	memset(s, 0, sizeof(*s));
	enum rc rc = json_need_text(o, "name", &s->name, e);
	if (rc == RC_OK)
		rc = need_digest(o, s->sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &s->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "chunks", &s->chunks, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "chunks_bad", &s->chunks_bad, e);
	if (archive != NULL && digest_is_hex(archive))
		memcpy(s->archive_sha256, archive, DIGEST_HEX);
	s->error = json_text(o, "error");
	s->duplicate_of = json_text(o, "duplicate_of");
	return rc;
}
