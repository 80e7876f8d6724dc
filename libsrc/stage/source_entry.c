/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/account_json.h"
#include "stage/source_entry.h"
#include "util/filetime.h"
#include "util/json.h"

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
	json_add(o, "accounting", account_json(&s->account, reasons));
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

/* --- text ----------------------------------------------------------------- */

/* The functions below append a member; `name` is its name with punctuation. */

static void
put_text(struct buf *b, const char *name, const char *text)
{
	buf_str(b, name);
	json_put(b, span_str(text));
}

static void
put_count(struct buf *b, const char *name, uint64_t n)
{
	buf_str(b, name);
	buf_u64(b, n);
}

static void
put_time(struct buf *b, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	buf_str(b, name);
	if (filetime == 0) {
		buf_str(b, "null");
		return;
	}
	*filetime_put((uint8_t *)text, filetime) = '\0';
	json_put(b, span_str(text));
}

static void
put_collected(struct buf *b, const struct source_entry_collected *c)
{
	put_text(b, ",\"collected\":{\"by\":", c->by);
	if (c->host != NULL)
		put_text(b, ",\"host\":", c->host);
	put_text(b, ",\"path\":", c->path);
	if (c->shadow_copy != 0)
		put_count(b, ",\"shadow_copy\":", c->shadow_copy);
	buf_byte(b, '}');
}

enum rc
source_entry_write(struct buf *b, const struct source_entry *s,
    const char *const *reasons, struct err *e)
{
	const char *const copy = copy_kind_name(&s->copy);

	put_text(b, "{\"name\":", s->name);
	put_text(b, ",\"sha256\":", s->sha256);
	if (s->archive_sha256[0] != '\0')
		put_text(b, ",\"archive_sha256\":", s->archive_sha256);
	put_count(b, ",\"bytes\":", s->bytes);
	put_count(b, ",\"chunks\":", s->chunks);
	put_count(b, ",\"chunks_bad\":", s->chunks_bad);
	buf_str(b, ",\"bad\":");
	buf_str(b, source_entry_is_good(s) ? "false" : "true");
	buf_str(b, ",\"accounting\":");
	account_json_put(b, &s->account, reasons);
	put_time(b, ",\"first_time\":", s->account.first_time);
	put_time(b, ",\"last_time\":", s->account.last_time);
	if (copy != NULL) {
		put_text(b, ",\"copy\":", copy);
		put_count(b, ",\"header_ids_differ\":", s->copy.ids_differ);
		put_count(b, ",\"header_times_shifted\":", s->copy.times_shift);
	}
	if (s->collected.by != NULL)
		put_collected(b, &s->collected);
	if (s->duplicate_of != NULL)
		put_text(b, ",\"duplicate_of\":", s->duplicate_of);
	if (s->error != NULL)
		put_text(b, ",\"error\":", s->error);
	buf_str(b, "}\n");
	return b->full ? buf_fail(b, "a line of sources.ndjson", e) : RC_OK;
}

/* --- reading -------------------------------------------------------------- */

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
