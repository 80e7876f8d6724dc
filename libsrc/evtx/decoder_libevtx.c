/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <libbfio.h>
#include <libevtx.h>

#include "evtx/binxml.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "evtx/libevtx_cost.h"
#include "evtx/xmltree.h"
#include "util/crc.h"
#include "util/le.h"

#define FILE_BYTES (CHUNK_FILE_HEADER + CHUNK_BYTES)
#define REPAIRED_MAX 1024
#define XML_MAX ((size_t)16 << 20)

/* Maximum size of the XML of all records of a chunk: templates can expand to
 * gigabytes. Real chunks have less than 2 MiB. */
#define CHUNK_XML_MAX ((size_t)6 << 20)
#define BACKTRACE_MAX 8192
#define ARENA_MAX ((size_t)64 << 20)
#define RECORDS_MAX (CHUNK_BYTES / CHUNK_RECORD_MIN)

/* A record with damaged names, repaired or refused. */
struct named {
	uint32_t offset;
	bool refused;
	/* Bit i: the record has the repaired name i; see name_check.h. */
	uint64_t used;
};

struct decoder {
	struct decoder *native; /* our decoder, which checks the names */
	struct named *named;    /* array of RECORDS_MAX */
	size_t n_named;
	/* Name mismatches of the chunk that are not reported yet. */
	size_t n_name_mismatches;
	struct libevtx_cost cost;
	/* Offset in the chunk from which records exceed the limit. */
	uint32_t over;
	size_t spent; /* bytes of XML written for this chunk so far */
	char repaired[REPAIRED_MAX];
	struct xml *xml;
	struct arena arena;
	struct xmltree tree;
	struct buf text;
	/* Buffer of FILE_BYTES with a file header and the chunk. */
	uint8_t *file;
	libbfio_handle_t *io;
	libevtx_file_t *evtx;
	struct chunk chunk;
	uint32_t at; /* offset in the chunk of the next record header */
	int next;    /* index of the next record for libevtx */
	int records;
};

/* Report an error of libevtx. Its text has one line for each function of the
 * call stack; only the first line, the most specific one, is used. */
static enum rc
report(const char *what, libevtx_error_t **le, struct err *e)
{
	char text[BACKTRACE_MAX] = "no reason given";

	if (*le != NULL)
		(void)libevtx_error_backtrace_sprint(*le, text, sizeof(text));
	libevtx_error_free(le);
	text[strcspn(text, "\n")] = '\0';
	return err_set(e, RC_SKIP, WHY_FOREIGN, "libevtx cannot %s: %.*s", what,
	    ERR_TEXT_MAX / 2, text);
}

static void
libevtx_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	(void)libevtx_file_free(&d->evtx, NULL);
	(void)libbfio_handle_free(&d->io, NULL);
	decoder_native.destroy(d->native);
	free(d->named);
	xml_destroy(d->xml);
	arena_free(&d->arena);
	buf_reset(&d->tree.text);
	buf_reset(&d->text);
	free(d->file);
	free(d);
}

static enum rc
libevtx_create(
    struct decoder **dp, const struct decoder_options *o, struct err *e)
{
	const struct decoder_options own = { .drop = NULL };
	struct decoder *const d = calloc(1, sizeof(*d));

	(void)o;
	*dp = NULL;
	if (d == NULL)
		return err_nomem(e);
	arena_init(&d->arena, ARENA_MAX);
	buf_init(&d->text, XML_MAX);
	buf_init(&d->tree.text, 3 * XML_MAX);
	d->tree.into = &d->arena;
	d->file = calloc(1, FILE_BYTES);
	d->named = calloc(RECORDS_MAX, sizeof(*d->named));
	enum rc rc = d->file == NULL || d->named == NULL
			 ? err_nomem(e)
			 : decoder_native.create(&d->native, &own, e);
	if (rc == RC_OK)
		rc = xml_create(&d->xml, e);
	if (rc != RC_OK) {
		libevtx_destroy(d);
		return rc;
	}
	/* A file header of version 3.1 for exactly one chunk. */
	memcpy(d->file, "ElfFile", 8);
	le_put(d->file + 24, 1, 8);   /* number of the next record */
	le_put(d->file + 32, 128, 4); /* size of the header */
	le_put(d->file + 36, 1, 2);   /* minor version */
	le_put(d->file + 38, 3, 2);   /* major version */
	le_put(d->file + 40, CHUNK_FILE_HEADER, 2); /* block size */
	le_put(d->file + 42, 1, 2);                 /* number of chunks */
	le_put(d->file + 124, crc_add(0, span_of(d->file, 120)), 4);
	d->tree.xml = d->xml;
	*dp = d;
	return RC_OK;
}

/* Make libevtx read the chunk in d->file from its start. */
static enum rc
open_chunk(struct decoder *d, struct err *e)
{
	libevtx_error_t *le = NULL;

	(void)libevtx_file_free(&d->evtx, NULL);
	(void)libbfio_handle_free(&d->io, NULL);
	d->at = CHUNK_HEADER;
	d->next = 0;
	d->records = 0;
	if (libbfio_memory_range_initialize(&d->io, NULL) != 1 ||
	    libbfio_memory_range_set(d->io, d->file, FILE_BYTES, NULL) != 1 ||
	    libevtx_file_initialize(&d->evtx, NULL) != 1)
		return err_nomem(e);
	if (libevtx_file_open_file_io_handle(
		d->evtx, d->io, LIBEVTX_OPEN_READ, &le) != 1)
		return report("open the chunk", &le, e);
	if (libevtx_file_get_number_of_records(d->evtx, &d->records, &le) != 1)
		return report("count the records", &le, e);
	return RC_OK;
}

/* Read the chunk with the native decoder first, because libevtx accepts every
 * name. Names that the native decoder repairs are repaired in the copy for
 * libevtx too. Records with refused names are remembered, and so is the first
 * record that exceeds the work limit. */
static enum rc
check_records(struct decoder *d, const struct chunk *c, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->native);
	struct record r;
	struct err ignored;

	d->n_named = 0;
	d->over = CHUNK_BYTES;
	d->spent = 0;
	libevtx_cost_start(&d->cost, c->bytes);
	enum rc rc = decoder_native.start(d->native, c, e);
	if (rc != RC_OK)
		return rc;
	for (;;) {
		err_clear(&ignored);
		rc = decoder_native.next(d->native, &r, &ignored);
		if (rc == RC_END || rc == RC_FATAL)
			break;
		if (r.region)
			continue;
		if (d->over == CHUNK_BYTES &&
		    (!libevtx_cost_add(&d->cost, &r.header) ||
			decoder_native_over_limit(d->native)))
			d->over = r.header.offset;
		if ((names->used != 0 || names->refused != 0) &&
		    d->n_named < RECORDS_MAX)
			d->named[d->n_named++] =
			    (struct named){ r.header.offset,
				    rc == RC_SKIP && names->refused != 0,
				    names->used };
	}
	d->n_name_mismatches = names->n_mismatches;
	name_check_apply(names, d->file + CHUNK_FILE_HEADER);
	if (rc == RC_FATAL)
		*e = ignored;
	return rc == RC_FATAL ? rc : RC_OK;
}

static enum rc
libevtx_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	memcpy(d->file + CHUNK_FILE_HEADER, c->bytes.p, CHUNK_BYTES);
	d->chunk = *c;
	const enum rc rc = check_records(d, c, e);
	return rc == RC_OK ? open_chunk(d, e) : rc;
}

/* Reject a record with a name that is refused, or that could not be repaired in
 * the copy of the chunk; else set r->repaired. */
static enum rc
check_names(
    struct decoder *d, const struct named *n, struct record *r, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->native);
	bool damaged = n->refused;

	for (size_t i = 0; i < names->n_fixes; i++) {
		if ((n->used >> i & 1) != 0 && !names->fix[i].defined)
			damaged = true;
	}
	if (damaged)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "a name of the record is damaged");
	if (n->used == 0)
		return RC_OK;
	name_check_text(names, n->used, d->repaired, sizeof(d->repaired));
	r->repaired = d->repaired;
	return RC_OK;
}

/* Read the header of a record at the offset that libevtx reports; if it reports
 * none, at the offset where the next record should be. */
static void
read_header(struct decoder *d, libevtx_record_t *r, struct chunk_record *h)
{
	off64_t in_file = 0;
	uint32_t at = d->at;

	memset(h, 0, sizeof(*h));
	if (libevtx_record_get_offset(r, &in_file, NULL) == 1 &&
	    in_file >= CHUNK_FILE_HEADER && in_file < FILE_BYTES)
		at = (uint32_t)in_file - CHUNK_FILE_HEADER;
	if (chunk_record_at(&d->chunk, at, h)) {
		d->at = at + h->size;
		return;
	}
	h->offset = at;
	(void)libevtx_record_get_identifier(r, &h->id, NULL);
}

static enum rc
read_xml(struct decoder *d, libevtx_record_t *r, struct err *e)
{
	libevtx_error_t *le = NULL;
	size_t n = 0;

	if (libevtx_record_get_utf8_xml_string_size(r, &n, &le) != 1)
		return report("read the record", &le, e);
	d->spent += n;
	if (d->spent > CHUNK_XML_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the XML of the chunk's records exceeds %zu MiB",
		    CHUNK_XML_MAX >> 20);
	buf_cut(&d->text, 0);
	uint8_t *const p = buf_room(&d->text, n);
	if (p == NULL)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the XML of the record exceeds %zu bytes", XML_MAX);
	if (libevtx_record_get_utf8_xml_string(r, p, n, &le) != 1)
		return report("read the record", &le, e);
	/* The text ends with a line end, and the size includes the NUL. */
	while (n > 0 && (p[n - 1] == '\0' || p[n - 1] == '\n'))
		n--;
	d->text.n = n;
	return RC_OK;
}

/* Read the next record with libevtx, without checking its names. */
static enum rc
read_next(struct decoder *d, struct record *out, struct err *e)
{
	struct chunk_record *const h = &out->header;
	libevtx_error_t *le = NULL;
	libevtx_record_t *r = NULL;
	size_t end;

	memset(out, 0, sizeof(*out));
	if (d->next >= d->records)
		return RC_END;
	/* libevtx must parse a record to report its offset. So the expected
	 * offset decides whether the record exceeds the limit. */
	if (d->at >= d->over || d->spent > CHUNK_XML_MAX) {
		d->next++;
		if (chunk_record_at(&d->chunk, d->at, h))
			d->at += h->size;
		else
			h->offset = d->at;
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the records of the chunk exceed the work limit of the "
		    "decoder libevtx");
	}
	if (chunk_record_at(&d->chunk, d->at, h)) {
		const uint32_t values = libevtx_cost_values(&d->cost, h);
		if (values > LIBEVTX_COST_VALUES_MAX) {
			d->next++;
			d->at += h->size;
			return err_set(e, RC_SKIP, WHY_CORRUPT,
			    "a template instance claims %lu values, more than "
			    "a chunk can hold",
			    (unsigned long)values);
		}
	}
	const bool found =
	    libevtx_file_get_record_by_index(d->evtx, d->next++, &r, &le) == 1;
	read_header(d, r, h);
	if (!found)
		return report("find the record", &le, e);
	const enum rc rc = read_xml(d, r, e);
	(void)libevtx_record_free(&r, NULL);
	if (rc != RC_OK)
		return rc;
	if (chunk_record_at(&d->chunk, h->offset, h)) {
		struct err ignored;
		struct binxml b = binxml_of(
		    d->chunk.bytes, chunk_record_content(&d->chunk, h));
		arena_reset(&d->arena);
		b.into = &d->arena;
		b.scratch = &d->tree.text;
		if (binxml_find_end(&b, &end, &ignored) == RC_OK)
			out->content_end = (uint32_t)end;
	}
	arena_reset(&d->arena);
	return xmltree_read(&d->tree, buf_span(&d->text), &out->tree.root, e);
}

static enum rc
libevtx_next(struct decoder *d, struct record *out, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->native);
	struct err damaged;

	const enum rc rc = read_next(d, out, e);
	if (rc != RC_OK && rc != RC_SKIP)
		return rc;
	out->name_mismatches = names->mismatch;
	out->n_name_mismatches = d->n_name_mismatches;
	d->n_name_mismatches = 0;
	err_clear(&damaged);
	for (size_t i = 0; i < d->n_named; i++) {
		if (d->named[i].offset != out->header.offset)
			continue;
		if (check_names(d, &d->named[i], out, &damaged) != RC_OK &&
		    rc == RC_OK) {
			*e = damaged;
			return damaged.rc;
		}
		break;
	}
	return rc;
}

/* In the copy of the chunk, split a live record that hides another one: it now
 * ends where the hidden record starts, and the hidden record ends where the
 * live one did. False if no live record covers the offset. */
static bool
uncover(struct decoder *d, uint32_t offset)
{
	uint8_t *const chunk = d->file + CHUNK_FILE_HEADER;
	struct chunk_record by = { .size = 0 };

	for (uint32_t at = CHUNK_HEADER; by.size <= offset - by.offset;
	     at += by.size) {
		if (at >= offset || !chunk_record_at(&d->chunk, at, &by))
			return false;
	}
	const uint32_t size = offset - by.offset;
	le_put(chunk + by.offset + 4, size, 4);
	le_put(chunk + offset - 4, size, 4);
	le_put(chunk + offset + 4, by.size - size, 4);
	le_put(chunk + by.offset + by.size - 4, by.size - size, 4);
	return true;
}

/* Read a hidden record: libevtx gets a copy of the chunk in which no record
 * covers it. */
static enum rc
libevtx_read_deferred(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->native);
	uint8_t *const chunk = d->file + CHUNK_FILE_HEADER;
	const struct span bytes = d->chunk.bytes;
	struct chunk_record own;
	struct chunk_record before;
	struct record same;

	memset(r, 0, sizeof(*r));
	r->recovered = true;
	memcpy(chunk, bytes.p, CHUNK_BYTES);
	name_check_apply(names, chunk);
	if (!l->hidden || !chunk_record_at(&d->chunk, l->offset, &own) ||
	    !uncover(d, l->offset))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "no record header at this offset");
	d->cost.spent += LIBEVTX_COST_OPEN;
	if (d->cost.spent > LIBEVTX_COST_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the records of the chunk exceed the work limit of the "
		    "decoder libevtx");
	d->chunk.bytes = span_of(chunk, CHUNK_BYTES);
	enum rc rc = open_chunk(d, e);
	while (rc == RC_OK && d->at < l->offset &&
	       chunk_record_at(&d->chunk, d->at, &before)) {
		d->at += before.size;
		d->next++;
	}
	if (rc == RC_OK)
		rc = read_next(d, r, e);
	if (rc == RC_END || (rc == RC_OK && r->header.offset != l->offset))
		rc = err_set(e, RC_SKIP, WHY_FOREIGN,
		    "libevtx does not find the record");
	d->chunk.bytes = bytes;
	r->header = own;
	r->recovered = true;
	if (rc != RC_OK)
		return rc;
	rc = decoder_native.read_deferred(d->native, l, &same, e);
	if (rc == RC_FATAL)
		return rc;
	const struct named n = { l->offset,
		rc == RC_SKIP && names->refused != 0, names->used };
	return check_names(d, &n, r, e);
}

const struct decoder_kind decoder_libevtx = {
	.name = "libevtx",
	.silent_gaps = true,
	.create = libevtx_create,
	.destroy = libevtx_destroy,
	.start = libevtx_start,
	.next = libevtx_next,
	.read_deferred = libevtx_read_deferred,
};

struct span
decoder_libevtx_xml(const struct decoder *d)
{
	return buf_span(&d->text);
}

const char *
decoder_libevtx_version(void)
{
	return libevtx_get_version();
}
