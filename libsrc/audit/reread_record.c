/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/reread_record.h"
#include "convert/deferred_store.h"
#include "convert/recorder.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "evtx/hidden_record.h"
#include "evtx/signature_repair.h"
#include "schema/schema_xml.h"
#include "util/digest.h"
#include "util/io.h"
#include "util/json.h"

#define XML_MAX ((size_t)16 << 20)

/* State of reading one chunk. Each record becomes a line of XML with a key. */
struct reading {
	/* Buffer with the chunk and, after it, a repaired copy of it. */
	uint8_t *bytes;
	struct chunk chunk;
	uint64_t key[2];
	struct select any;
	struct decoder *decoder;
	struct recorder *recorder;
	/* Templates of all chunks of the source. */
	struct template_catalog *catalog;
	struct lines lines;
	/* Records are compared with the wanted one; false: they are only read.
	 */
	bool wanted;
	/* Number of records with the key to skip before the wanted one. */
	uint64_t left;
	/* Offsets in the chunk of records that have the key but are not the
	 * wanted one. */
	uint32_t passed[LOCATE_RECORD_MAX];
	size_t n_passed;
};

void
reread_record_init(struct reread_record *t)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->ours, XML_MAX);
	buf_init(&t->theirs, XML_MAX);
	err_clear(&t->refused);
}

void
reread_record_reset(struct reread_record *t)
{
	buf_reset(&t->ours);
	buf_reset(&t->theirs);
}

static enum rc
open_reading(struct reading *in, const char *key, struct err *e)
{
	uint8_t digest[RECORD_KEY_HEX / 2];

	memset(in, 0, sizeof(*in));
	select_init(&in->any);
	lines_init(&in->lines, XML_MAX);
	(void)digest_unhex(span_of(key, RECORD_KEY_HEX), digest);
	memcpy(in->key, digest, sizeof(in->key));
	in->bytes = malloc(2 * (size_t)CHUNK_BYTES);
	enum rc rc = in->bytes == NULL ? err_nomem(e)
				       : eventset_load(&in->any.set, "any", e);
	if (rc == RC_OK)
		rc = template_catalog_create(&in->catalog, e);
	const struct recorder_options o = {
		.schema = &schema_xml, .select = &in->any, .keys = true
	};
	if (rc == RC_OK)
		rc = recorder_create(&in->recorder, &o, e);
	const struct decoder_options d = { .drop = recorder_drop,
		.catalog = in->catalog };
	return rc == RC_OK ? decoder_native.create(&in->decoder, &d, e) : rc;
}

static void
close_reading(struct reading *in)
{
	decoder_native.destroy(in->decoder);
	recorder_destroy(in->recorder);
	template_catalog_destroy(in->catalog);
	lines_free(&in->lines);
	select_free(&in->any);
	free(in->bytes);
}

/* --- our decoder ---------------------------------------------------------- */

/* Read the chunk as it was read when staged: bytes after the end of the file
 * are zeros. Carved records may lie where there is no chunk. */
static enum rc
read_chunk(
    struct reading *in, int fd, const struct record_place *place, struct err *e)
{
	const struct io_read r = { fd, place->offset, in->bytes,
		place->bytes < CHUNK_BYTES ? place->bytes : CHUNK_BYTES,
		"the evidence" };
	size_t got = 0;

	const enum rc rc = io_pread(&r, &got, e);
	if (rc != RC_OK) {
		e->rc = RC_SKIP;
		return RC_SKIP;
	}
	memset(in->bytes + got, 0, CHUNK_BYTES - got);
	const struct span bytes = span_of(in->bytes, CHUNK_BYTES);
	if (!chunk_read(&in->chunk, bytes)) {
		if (!place->recovered)
			return err_set(e, RC_SKIP, WHY_CORRUPT,
			    "there is no chunk at its offset any more");
		chunk_init_headerless(&in->chunk, bytes);
	}
	chunk_truncate(&in->chunk, got);
	signature_repair_chunk(&in->chunk, in->bytes + CHUNK_BYTES);
	return RC_OK;
}

/* Compare a record with the key. RC_END: it is the wanted record, and `out` has
 * it. A record that cannot be rendered has no line, so it is not the wanted
 * one. */
static enum rc
compare_record(struct reading *in, const struct record *record,
    struct reread_record *out, struct err *e)
{
	const uint32_t offset = record->header.offset;
	struct cJSON *line = NULL;

	lines_clear(&in->lines);
	enum rc rc = recorder_add(in->recorder, record, &in->lines, e);
	if (rc == RC_OK)
		rc = recorder_settle(in->recorder, &in->lines, e);
	if (rc == RC_FATAL)
		return rc;
	if (rc != RC_OK || in->lines.n_keys != 1 ||
	    memcmp(in->lines.keys[0].entry.key, in->key, sizeof(in->key)) != 0)
		return RC_OK;
	for (size_t i = 0; i < in->n_passed; i++)
		if (in->passed[i] == offset)
			return RC_OK;
	if (!in->wanted || in->left-- != 0) {
		if (in->n_passed < LOCATE_RECORD_MAX)
			in->passed[in->n_passed++] = offset;
		return RC_OK;
	}
	out->header = record->header;
	rc = json_parse(buf_span(&in->lines.text), "an event", &line, e);
	const char *const xml = json_text(line, "xml");
	if (xml != NULL)
		buf_str(&out->ours, xml);
	json_free(line);
	if (rc == RC_OK && out->ours.full)
		rc = buf_fail(&out->ours, "the event as XML", e);
	return rc == RC_OK ? RC_END : rc;
}

static enum rc
try_deferred(struct reading *in, struct decoder_deferred deferred,
    struct reread_record *out, struct err *e)
{
	struct record record;
	struct err unwanted;

	deferred.catalog = in->catalog;
	const enum rc rc = decoder_native.read_deferred(
	    in->decoder, &deferred, &record, &unwanted);
	if (rc == RC_FATAL)
		*e = unwanted;
	return rc == RC_OK      ? compare_record(in, &record, out, e)
	       : rc == RC_FATAL ? rc
				: RC_OK;
}

/* Look for the wanted record among those that the decoder's next() returns. */
static enum rc
try_chunk(struct reading *in, struct reread_record *out, struct err *e)
{
	struct record record;
	struct err unwanted;

	enum rc rc = decoder_native.start(in->decoder, &in->chunk, e);
	while (rc == RC_OK) {
		rc = decoder_native.next(in->decoder, &record, &unwanted);
		if (rc == RC_FATAL)
			*e = unwanted;
		else if (rc == RC_SKIP)
			rc = RC_OK;
		else if (rc == RC_OK)
			rc = compare_record(in, &record, out, e);
		else
			return RC_OK; /* the chunk has no more records */
	}
	return rc;
}

/* Look for the wanted record at every record header of the chunk, with
 * templates from the catalog. */
static enum rc
try_orphans(struct reading *in, struct reread_record *out, struct err *e)
{
	const struct chunk *const c = &in->chunk;
	struct chunk_record h;
	enum rc rc = RC_OK;

	for (uint32_t at = CHUNK_HEADER; rc == RC_OK && at < c->used_end;
	     at = chunk_resync(c, at + 1)) {
		if (chunk_record_at(c, at, &h))
			rc = try_deferred(in,
			    (struct decoder_deferred){ .offset = at }, out, e);
	}
	return rc;
}

/* Look for the wanted record among those that are hidden in another record. */
static enum rc
try_hidden(struct reading *in, struct reread_record *out, struct err *e)
{
	const struct chunk *const c = &in->chunk;
	struct chunk_record by;
	struct chunk_record h;
	struct hidden_record search;
	enum rc rc = RC_OK;

	for (uint32_t at = CHUNK_HEADER; rc == RC_OK && at < c->used_end;
	     at = chunk_record_at(c, at, &by) ? at + by.size
					      : chunk_resync(c, at + 1)) {
		if (!chunk_record_at(c, at, &by))
			continue;
		hidden_record_start(
		    &search, c, &by, hidden_record_content_end(c, &by));
		while (rc == RC_OK && hidden_record_next(&search, &h))
			rc = try_deferred(in,
			    (struct decoder_deferred){
				.offset = h.offset, .hidden = true },
			    out, e);
	}
	return rc;
}

/* Look for the wanted record in the free space of the chunk. */
static enum rc
try_carved(
    struct reading *in, bool embedded, struct reread_record *out, struct err *e)
{
	struct chunk_record h;
	enum rc rc = RC_OK;

	for (uint32_t at = CHUNK_HEADER;
	     rc == RC_OK && chunk_find_carved(&in->chunk, at, CHUNK_BYTES, &h);
	     at = h.offset + 1)
		rc = try_deferred(in,
		    (struct decoder_deferred){ .offset = h.offset,
			.carved = true,
			.embedded = embedded },
		    out, e);
	return rc;
}

/* Add the templates of all chunks of the source to the catalog. */
static enum rc
read_templates(struct reading *in, int fd, struct err *e)
{
	struct reread_record none;
	struct err at_end;
	struct stat st;
	enum rc rc = RC_OK;

	if (fstat(fd, &st) == -1)
		return err_sys(e, RC_SKIP, "stat the evidence");
	reread_record_init(&none);
	for (uint64_t at = CHUNK_FILE_HEADER;
	     rc == RC_OK && at < (uint64_t)st.st_size; at += CHUNK_BYTES) {
		const struct record_place place = { .offset = at,
			.bytes = CHUNK_BYTES };
		if (read_chunk(in, fd, &place, &at_end) != RC_OK)
			continue;
		rc = try_chunk(in, &none, e);
		decoder_native.scan_templates(
		    in->decoder, CHUNK_HEADER, CHUNK_BYTES);
		rc = rc == RC_END || rc == RC_SKIP ? RC_OK : rc;
	}
	reread_record_reset(&none);
	return rc;
}

static enum rc
not_found(const struct record_place *place, struct err *e)
{
	const char *const why =
	    !place->deferred ? "no record of the chunk has this key any more"
	    : place->recovered
		? "no hidden or old record that can be read in the chunk has "
		  "this key; its template may be in another source"
		: "its chunk lacks the template of the record, which is in "
		  "another source";

	return err_set(e, RC_SKIP, WHY_CORRUPT, "%s", why);
}

static enum rc
read_native(struct reading *in, int fd, const struct record_place *place,
    struct reread_record *out, struct err *e)
{
	enum rc rc = place->deferred ? read_templates(in, fd, e) : RC_OK;

	if (rc == RC_OK)
		rc = read_chunk(in, fd, place, e);
	in->n_passed = 0;
	in->left = place->nth;
	in->wanted = !place->deferred;
	if (rc == RC_OK)
		rc = try_chunk(in, out, e);
	in->wanted = true;
	if (rc == RC_OK && place->deferred)
		rc = place->recovered ? try_hidden(in, out, e)
				      : try_orphans(in, out, e);
	if (rc == RC_OK && place->recovered)
		rc = try_carved(in, false, out, e);
	if (rc == RC_OK && place->recovered) {
		in->left = place->nth;
		in->n_passed = 0;
		rc = try_carved(in, true, out, e);
	}
	if (rc == RC_END)
		return RC_OK;
	return rc == RC_OK ? not_found(place, e) : rc;
}

/* --- libevtx -------------------------------------------------------------- */

static enum rc
find_libevtx(struct decoder *d, struct reread_record *out, struct err *e)
{
	struct record record;

	for (;;) {
		struct err why;
		err_clear(&why);
		const enum rc rc = decoder_libevtx.next(d, &record, &why);
		if (rc == RC_END)
			return err_set(&out->refused, RC_SKIP, WHY_FOREIGN,
			    "libevtx does not find the record");
		if (rc == RC_FATAL) {
			*e = why;
			return rc;
		}
		if (record.header.offset != out->header.offset)
			continue;
		if (rc == RC_OK)
			buf_put(&out->theirs, decoder_libevtx_xml(d));
		else
			out->refused = why;
		return rc;
	}
}

static enum rc
read_libevtx(const struct reading *in, struct reread_record *out, struct err *e)
{
	const struct decoder_options o = { .drop = NULL };
	struct decoder *d;

	enum rc rc = decoder_libevtx.create(&d, &o, e);
	if (rc != RC_OK)
		return rc;
	rc = decoder_libevtx.start(d, &in->chunk, &out->refused);
	if (rc == RC_FATAL)
		*e = out->refused;
	if (rc == RC_OK)
		rc = find_libevtx(d, out, e);
	decoder_libevtx.destroy(d);
	return rc == RC_SKIP ? RC_OK : rc;
}

enum rc
reread_record_read(int fd, const struct record_place *place, const char *key,
    struct reread_record *out, struct err *e)
{
	struct reading in;

	enum rc rc = open_reading(&in, key, e);
	if (rc == RC_OK)
		rc = read_native(&in, fd, place, out, e);
	if (rc == RC_OK)
		rc = read_libevtx(&in, out, e);
	close_reading(&in);
	return rc;
}
