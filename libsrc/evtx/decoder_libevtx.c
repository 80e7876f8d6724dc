/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libevtx as a decoder: the second opinion.
 *
 * libevtx reads files, not chunks. So each chunk is given to it as a file of
 * its own in memory: a made header of 4096 bytes and the chunk. That frees us
 * from its view of the file (dirty flags, chunk counts, 4 GiB) and lets chunks
 * be decoded in parallel; over 361 public files it reads the same records this
 * way as from whole files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libbfio.h>
#include <libevtx.h>

#include "evtx/binxml.h"
#include "evtx/decoder.h"
#include "evtx/libevtx_cost.h"
#include "evtx/xmltree.h"
#include "util/crc.h"

#define FILE_BYTES (CHUNK_FILE_HEADER + CHUNK_BYTES)
#define RECORD_HEADER 24U
#define SIZE_COPY 4U
#define REPAIRED_MAX 1024
#define XML_MAX ((size_t)16 << 20)

/* XML of all records of a chunk: templates can make gigabytes of it. Real
 * chunks have less than 2 MiB. */
#define CHUNK_XML_MAX ((size_t)6 << 20)
#define BACKTRACE_MAX 8192
#define ARENA_MAX ((size_t)64 << 20)

#define RECORDS_MAX (CHUNK_BYTES / CHUNK_RECORD_MIN)

/* A record with names that are damaged. */
struct named {
	uint32_t offset;
	bool refused;
	uint64_t used; /* repaired names, see name_check.h */
};

struct decoder {
	struct decoder *own; /* ours, which checks the names */
	struct named *named; /* RECORDS_MAX */
	size_t n_named;
	size_t n_name_mismatches; /* of the chunk, not told yet */
	struct libevtx_cost work;
	uint32_t over; /* what starts here or behind asks for too much */
	size_t spent;  /* bytes of XML of the chunk */
	char repaired[REPAIRED_MAX];
	struct xml *xml;
	struct arena arena;
	struct xmltree tree;
	struct buf text;
	uint8_t *file; /* FILE_BYTES */
	libbfio_handle_t *io;
	libevtx_file_t *evtx;
	struct chunk chunk;
	uint32_t walked; /* where the next record header should be */
	int records;
	int at;
};

static void
put_le(uint8_t *p, uint64_t v, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A file header for exactly one chunk, version 3.1. */
static void
make_header(uint8_t *p)
{
	memset(p, 0, CHUNK_FILE_HEADER);
	memcpy(p, "ElfFile", 8);
	put_le(p + 24, 1, 8);
	put_le(p + 32, 128, 4);
	put_le(p + 36, 1, 2);
	put_le(p + 38, 3, 2);
	put_le(p + 40, CHUNK_FILE_HEADER, 2);
	put_le(p + 42, 1, 2);
	put_le(p + 124, crc_add(0, span_of(p, 120)), 4);
}

/* libevtx reports a line for each of its functions, the cause first. */
static const char *
cause(char *lines)
{
	char *const end = strchr(lines, '\n');

	if (end != NULL)
		*end = '\0';
	return lines;
}

static enum rc
refused(enum rc rc, const char *what, libevtx_error_t **le, struct err *e)
{
	char text[BACKTRACE_MAX] = "no reason given";

	if (*le != NULL)
		(void)libevtx_error_backtrace_sprint(*le, text, sizeof(text));
	libevtx_error_free(le);
	return err_set(e, rc, WHY_FOREIGN, "libevtx cannot %s: %.*s", what,
	    ERR_TEXT_MAX / 2, cause(text));
}

static void
foreign_destroy(struct decoder *d)
{
	if (d == NULL)
		return;
	(void)libevtx_file_free(&d->evtx, NULL);
	(void)libbfio_handle_free(&d->io, NULL);
	decoder_native.destroy(d->own);
	free(d->named);
	xml_destroy(d->xml);
	arena_free(&d->arena);
	buf_reset(&d->tree.text);
	buf_reset(&d->text);
	free(d->file);
	free(d);
}

static enum rc
foreign_create(
    struct decoder **dp, const struct decoder_options *o, struct err *e)
{
	(void)o;
	struct decoder *const d = calloc(1, sizeof(*d));

	*dp = NULL;
	if (d == NULL)
		return err_nomem(e);
	arena_init(&d->arena, ARENA_MAX);
	buf_init(&d->text, XML_MAX);
	buf_init(&d->tree.text, 3 * XML_MAX);
	d->tree.into = &d->arena;
	d->file = malloc(FILE_BYTES);
	d->named = calloc(RECORDS_MAX, sizeof(*d->named));
	if (d->file == NULL || d->named == NULL) {
		foreign_destroy(d);
		return err_nomem(e);
	}
	make_header(d->file);
	const struct decoder_options own = { .drop = NULL };
	enum rc rc = decoder_native.create(&d->own, &own, e);
	if (rc == RC_OK)
		rc = xml_create(&d->xml, e);
	if (rc != RC_OK) {
		foreign_destroy(d);
		return rc;
	}
	d->tree.xml = d->xml;
	*dp = d;
	return RC_OK;
}

static enum rc
open_chunk(struct decoder *d, struct err *e)
{
	libevtx_error_t *le = NULL;

	if (libbfio_memory_range_initialize(&d->io, NULL) != 1 ||
	    libbfio_memory_range_set(d->io, d->file, FILE_BYTES, NULL) != 1 ||
	    libevtx_file_initialize(&d->evtx, NULL) != 1)
		return err_nomem(e);
	if (libevtx_file_open_file_io_handle(
		d->evtx, d->io, LIBEVTX_OPEN_READ, &le) != 1)
		return refused(RC_SKIP, "open the chunk", &le, e);
	if (libevtx_file_get_number_of_records(d->evtx, &d->records, &le) != 1)
		return refused(RC_SKIP, "count the records", &le, e);
	return RC_OK;
}

static void
close_chunk(struct decoder *d)
{
	(void)libevtx_file_free(&d->evtx, NULL);
	(void)libbfio_handle_free(&d->io, NULL);
	d->walked = CHUNK_HEADER;
	d->at = 0;
	d->records = 0;
}

/* Everything behind the first record that asks for too much is refused. */
static void
weigh_next(struct decoder *d, const struct chunk_record *h)
{
	if (d->over == CHUNK_BYTES && (!libevtx_cost_add(&d->work, h) ||
					  decoder_native_over_limit(d->own)))
		d->over = h->offset;
}

/* libevtx believes every name. So ours reads the chunk first: what it repairs
 * is repaired in the copy for libevtx, too, and what it refuses is refused. */
static enum rc
check_names(struct decoder *d, const struct chunk *c, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->own);
	struct record r;
	struct err unsaid;

	d->n_named = 0;
	d->over = CHUNK_BYTES;
	d->spent = 0;
	libevtx_cost_start(&d->work, c->bytes);
	enum rc rc = decoder_native.start(d->own, c, e);
	while (rc != RC_END && rc != RC_FATAL) {
		err_clear(&unsaid);
		rc = decoder_native.next(d->own, &r, &unsaid);
		if (rc != RC_END && rc != RC_FATAL && !r.region)
			weigh_next(d, &r.header);
		const bool odd = names->used != 0 || names->refused != 0;
		if (rc == RC_END || rc == RC_FATAL || r.region || !odd ||
		    d->n_named == RECORDS_MAX)
			continue;
		d->named[d->n_named++] = (struct named){ r.header.offset,
			rc == RC_SKIP && names->refused != 0, names->used };
	}
	d->n_name_mismatches = names->n_name_mismatches;
	name_check_apply(names, d->file + CHUNK_FILE_HEADER);
	if (rc == RC_FATAL)
		*e = unsaid;
	return rc == RC_FATAL ? rc : RC_OK;
}

static enum rc
foreign_start(struct decoder *d, const struct chunk *c, struct err *e)
{
	close_chunk(d);
	memcpy(d->file + CHUNK_FILE_HEADER, c->bytes.p, CHUNK_BYTES);
	d->chunk = *c;
	const enum rc rc = check_names(d, c, e);
	return rc == RC_OK ? open_chunk(d, e) : rc;
}

/* What there is to say of the names of a record that was read. */
static enum rc
judge_names(
    struct decoder *d, const struct named *n, struct record *r, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->own);
	bool told = true;

	for (size_t i = 0; i < names->n_fixes; i++) {
		if ((n->used >> i & 1) != 0)
			told = told && names->fix[i].defined;
	}
	if (n->refused || !told)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "a name of the record is damaged");
	if (n->used == 0)
		return RC_OK;
	name_check_text(names, n->used, d->repaired, sizeof(d->repaired));
	r->repaired = d->repaired;
	return RC_OK;
}

/* The same of a record that next() gives; and the doubts of the chunk. */
static enum rc
judge_next(struct decoder *d, struct record *r, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->own);

	r->name_mismatches = names->doubt;
	r->n_name_mismatches = d->n_name_mismatches;
	d->n_name_mismatches = 0;
	for (size_t i = 0; i < d->n_named; i++) {
		if (d->named[i].offset == r->header.offset)
			return judge_names(d, &d->named[i], r, e);
	}
	return RC_OK;
}

/* Where the Binary XML of a record ends; libevtx does not say. */
static uint32_t
content_end(struct decoder *d, const struct chunk_record *h)
{
	struct err unsaid;
	struct binxml b = binxml_at(d->chunk.bytes, h->offset + RECORD_HEADER,
	    h->size - RECORD_HEADER - SIZE_COPY);
	size_t end = 0;

	arena_reset(&d->arena);
	b.into = &d->arena;
	b.scratch = &d->tree.text;
	return binxml_find_end(&b, &end, &unsaid) == RC_OK ? (uint32_t)end : 0;
}

/* The header of the record: where libevtx says it is, or simply the next one
 * where it cannot say. */
static void
read_header(struct decoder *d, libevtx_record_t *r, struct chunk_record *h)
{
	off64_t in_file = 0;
	uint32_t at = d->walked;

	memset(h, 0, sizeof(*h));
	if (libevtx_record_get_offset(r, &in_file, NULL) == 1 &&
	    in_file >= CHUNK_FILE_HEADER && in_file < FILE_BYTES)
		at = (uint32_t)in_file - CHUNK_FILE_HEADER;
	if (chunk_record_at(&d->chunk, at, h)) {
		d->walked = at + h->size;
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
		return refused(RC_SKIP, "read the record", &le, e);
	d->spent += n;
	if (d->spent > CHUNK_XML_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the XML of its chunk has over %zu MiB",
		    CHUNK_XML_MAX >> 20);
	buf_cut(&d->text, 0);
	uint8_t *const p = buf_room(&d->text, n);
	if (p == NULL)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "XML of more than %zu bytes", XML_MAX);
	if (libevtx_record_get_utf8_xml_string(r, p, n, &le) != 1)
		return refused(RC_SKIP, "read the record", &le, e);
	/* The size counts the NUL; the text ends in a line end. */
	while (n > 0 && (p[n - 1] == '\0' || p[n - 1] == '\n'))
		n--;
	d->text.n = n;
	return RC_OK;
}

/* A record that is not worth more work. libevtx parses it when it is asked
 * where it is, so where it should be decides. */
static bool
is_refused(struct decoder *d, struct record *out, struct err *e)
{
	if (d->walked < d->over && d->spent <= CHUNK_XML_MAX)
		return false;
	if (chunk_record_at(&d->chunk, d->walked, &out->header))
		d->walked += out->header.size;
	else
		out->header.offset = d->walked;
	(void)err_set(e, RC_SKIP, WHY_LIMIT,
	    "the events of its chunk take more work than a chunk may take");
	return true;
}

static enum rc
read_next(struct decoder *d, struct record *out, struct err *e)
{
	libevtx_error_t *le = NULL;
	libevtx_record_t *r = NULL;

	memset(out, 0, sizeof(*out));
	if (d->at >= d->records)
		return RC_END;
	if (is_refused(d, out, e)) {
		d->at++;
		return RC_SKIP;
	}
	const bool found =
	    libevtx_file_get_record_by_index(d->evtx, d->at++, &r, &le) == 1;
	read_header(d, r, &out->header);
	if (!found)
		return refused(RC_SKIP, "find the record", &le, e);
	const enum rc rc = read_xml(d, r, e);
	(void)libevtx_record_free(&r, NULL);
	if (rc != RC_OK)
		return rc;
	if (chunk_record_at(&d->chunk, out->header.offset, &out->header))
		out->content_end = content_end(d, &out->header);
	arena_reset(&d->arena);
	return xmltree_read(&d->tree, buf_span(&d->text), &out->tree.root, e);
}

static enum rc
foreign_next(struct decoder *d, struct record *out, struct err *e)
{
	enum rc rc = read_next(d, out, e);

	if (rc == RC_OK || (rc == RC_SKIP && d->n_name_mismatches != 0)) {
		struct err damaged;
		err_clear(&damaged);
		const enum rc names = judge_next(d, out, &damaged);
		if (rc == RC_OK && names != RC_OK) {
			*e = damaged;
			rc = names;
		}
	}
	return rc;
}

/* The live record that has the offset inside. */
static bool
find_hider(const struct chunk *c, uint32_t offset, struct chunk_record *by)
{
	for (uint32_t at = CHUNK_HEADER; at < offset; at += by->size) {
		if (!chunk_record_at(c, at, by))
			return false;
		if (offset - at < by->size)
			return true;
	}
	return false;
}

static void
set_size(uint8_t *chunk, uint32_t at, uint32_t size)
{
	put_le(chunk + at + 4, size, 4);
	put_le(chunk + at + size - 4, size, 4);
}

/* The next record is the one at an offset: those before it are not read. */
static void
go_to(struct decoder *d, uint32_t offset)
{
	struct chunk_record r;

	while (
	    d->walked < offset && chunk_record_at(&d->chunk, d->walked, &r)) {
		d->walked += r.size;
		d->at++;
	}
}

/* The names of a record that the chunk's own walk does not meet. */
static enum rc
judge_late(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	const struct name_check *const names = decoder_native_names(d->own);
	struct record same;

	const enum rc rc = decoder_native.read_deferred(d->own, l, &same, e);
	if (rc == RC_FATAL)
		return rc;
	const struct named n = { l->offset,
		rc == RC_SKIP && names->refused != 0, names->used };
	return judge_names(d, &n, r, e);
}

/* Undo what hides the record: the one that hides it ends where it begins, and
 * it ends where that one did. */
static enum rc
foreign_late(struct decoder *d, const struct decoder_deferred *l,
    struct record *r, struct err *e)
{
	uint8_t *const chunk = d->file + CHUNK_FILE_HEADER;
	const struct span bytes = d->chunk.bytes;
	struct chunk_record by;
	struct chunk_record own;

	memset(r, 0, sizeof(*r));
	r->recovered = true;
	if (!l->hidden || !find_hider(&d->chunk, l->offset, &by) ||
	    !chunk_record_at(&d->chunk, l->offset, &own))
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "there is no record header");
	d->work.spent += LIBEVTX_COST_OPEN;
	if (d->work.spent > LIBEVTX_COST_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the records of its chunk take more work than a chunk may "
		    "take");
	close_chunk(d);
	memcpy(chunk, bytes.p, CHUNK_BYTES);
	name_check_apply(decoder_native_names(d->own), chunk);
	d->chunk.bytes = span_of(chunk, CHUNK_BYTES);
	set_size(chunk, by.offset, l->offset - by.offset);
	set_size(chunk, l->offset, by.offset + by.size - l->offset);
	enum rc rc = open_chunk(d, e);
	if (rc == RC_OK) {
		go_to(d, l->offset);
		rc = read_next(d, r, e);
	}
	if (rc == RC_END || (rc == RC_OK && r->header.offset != l->offset))
		rc = err_set(e, RC_SKIP, WHY_FOREIGN,
		    "libevtx does not find the record");
	d->chunk.bytes = bytes;
	r->header = own;
	r->recovered = true;
	return rc == RC_OK ? judge_late(d, l, r, e) : rc;
}

const struct decoder_kind decoder_libevtx = {
	.name = "libevtx",
	.silent_gaps = true,
	.create = foreign_create,
	.destroy = foreign_destroy,
	.start = foreign_start,
	.next = foreign_next,
	.read_deferred = foreign_late,
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
