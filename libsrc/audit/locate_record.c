/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines with a key, and their chunks.
 */
#include <string.h>

#include "audit/account_sums.h"
#include "audit/locate_record.h"
#include "stage/record_key.h"
#include "util/json.h"

#define CHUNKS "chunks.ndjson"

/* --- lines ---------------------------------------------------------------- */

struct finding {
	struct span key;
	bool ecs;
	struct record_line *lines;
	size_t n;
	size_t segment;
	uint64_t number; /* lines of the segment so far, and before it */
	uint64_t before;
};

static enum rc
look_at_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct finding *const f = arg;

	(void)e;
	f->number++;
	if (f->n == LOCATE_RECORD_MAX ||
	    !span_eq(record_key_find(line->text, f->ecs), f->key))
		return RC_OK;
	f->lines[f->n++] = (struct record_line){ f->segment, f->number,
		line->offset, line->length, f->before + f->number };
	return RC_OK;
}

enum rc
locate_record_lines(const struct reader *r, const char *key,
    struct record_line *lines, size_t *n, struct err *e)
{
	struct finding f = { .key = span_str(key),
		.ecs = strcmp(reader_schema(r), "ecs") == 0,
		.lines = lines };
	const struct scan_visit visit = { look_at_line, &f };
	enum rc rc = RC_OK;

	for (; rc == RC_OK && f.segment < reader_count(r); f.segment++) {
		f.number = 0;
		rc = reader_scan(r, f.segment, &visit, e);
		f.before += f.number;
	}
	*n = f.n;
	return rc;
}

/* --- chunks --------------------------------------------------------------- */

struct placing {
	const struct record_line *lines;
	size_t n;
	size_t found;
	struct record_place *places;
};

static enum rc
read_place(const struct cJSON *o, struct record_place *p, struct err *e)
{
	const char *const content = json_text(o, "content");

	enum rc rc = json_need_u64(o, "source_number", &p->source, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "chunk", &p->chunk, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "offset", &p->offset, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &p->bytes, e);
	p->crc_ok = json_is_true(json_get(o, "crc_ok"));
	p->aside = content != NULL;
	p->recovered = content != NULL && strcmp(content, "recovered") == 0;
	return rc;
}

/* Both are in order: the chunk may have the next lines. */
static enum rc
place_lines(struct placing *in, const struct cJSON *o, struct err *e)
{
	uint64_t first = 0;
	struct account_sums sums;

	if (json_get(o, "first_line") == NULL)
		return RC_OK;
	enum rc rc = json_need_u64(o, "first_line", &first, e);
	if (rc == RC_OK)
		rc = account_sums_read(json_get(o, "accounting"), &sums, e);
	for (uint64_t nth = 0;
	     rc == RC_OK && in->found < in->n &&
	     in->lines[in->found].of_all - first < account_sums_lines(&sums);
	     nth++) {
		in->places[in->found].nth = nth;
		rc = read_place(o, &in->places[in->found++], e);
	}
	return rc;
}

static enum rc
look_at_chunk(void *arg, const struct scan_line *line, struct err *e)
{
	struct placing *const in = arg;
	struct cJSON *o = NULL;

	if (in->found == in->n)
		return RC_OK;
	enum rc rc = json_parse(line->text, CHUNKS, &o, e);
	if (rc == RC_OK)
		rc = place_lines(in, o, e);
	json_free(o);
	return rc;
}

enum rc
locate_record_chunks(const struct reader *r, const struct record_line *lines,
    size_t n, struct record_place *places, struct err *e)
{
	struct placing in = { lines, n, 0, places };
	const struct scan_visit visit = { look_at_chunk, &in };

	enum rc rc = reader_sidecar(r, SIDECAR_CHUNKS, &visit, e);
	if (rc == RC_OK && in.found < n)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/" CHUNKS " does not say where line %llu is from",
		    reader_dir(r), (unsigned long long)lines[in.found].of_all);
	return rc;
}
