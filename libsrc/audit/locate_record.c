/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "audit/account_sums.h"
#include "audit/locate_record.h"
#include "util/json.h"

#define CHUNKS "chunks.ndjson"

/* --- lines ---------------------------------------------------------------- */

struct key_search {
	struct span key;
	bool ecs;
	struct record_line *lines;
	size_t n;
	size_t segment;
	uint64_t number; /* number of lines of the segment so far */
	uint64_t before; /* number of lines of the segments before it */
};

static enum rc
visit_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct key_search *const s = arg;

	(void)e;
	s->number++;
	if (s->n < LOCATE_RECORD_MAX &&
	    span_eq(record_key_find(line->text, s->ecs), s->key))
		s->lines[s->n++] = (struct record_line){ s->segment, s->number,
			line->offset, line->length, s->before + s->number };
	return RC_OK;
}

enum rc
locate_record_lines(const struct reader *r, const char *key,
    struct record_line *lines, size_t *n, struct err *e)
{
	struct key_search s = { .key = span_str(key),
		.ecs = strcmp(reader_schema(r), "ecs") == 0,
		.lines = lines };
	const struct scan_visit visit = { visit_line, &s };
	enum rc rc = RC_OK;

	for (; rc == RC_OK && s.segment < reader_count(r); s.segment++) {
		s.number = 0;
		rc = reader_scan(r, s.segment, &visit, e);
		s.before += s.number;
	}
	*n = s.n;
	return rc;
}

/* --- chunks --------------------------------------------------------------- */

struct chunk_search {
	const struct record_line *lines;
	size_t n;
	size_t found;
	struct record_place *places;
};

/* The lines and the chunks are both in the order of the staging, so a chunk can
 * only contain the next of the lines. */
static enum rc
check_chunk(struct chunk_search *s, const struct cJSON *o, struct err *e)
{
	const char *const content = json_text(o, "content");
	struct record_place place = {
		.crc_ok = json_is_true(json_get(o, "crc_ok")),
		.deferred = content != NULL,
		.recovered =
		    content != NULL && strcmp(content, "recovered") == 0,
	};
	struct account_sums sums;
	uint64_t first = 0;

	if (json_get(o, "first_line") == NULL)
		return RC_OK;
	enum rc rc = json_need_u64(o, "first_line", &first, e);
	if (rc == RC_OK)
		rc = account_sums_read(json_get(o, "accounting"), &sums, e);
	if (rc != RC_OK ||
	    s->lines[s->found].of_all - first >= account_sums_lines(&sums))
		return rc;
	rc = json_need_u64(o, "source_number", &place.source, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "chunk", &place.chunk, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "offset", &place.offset, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &place.bytes, e);
	while (rc == RC_OK && s->found < s->n &&
	       s->lines[s->found].of_all - first < account_sums_lines(&sums)) {
		s->places[s->found++] = place;
		place.nth++;
	}
	return rc;
}

static enum rc
visit_chunk(void *arg, const struct scan_line *line, struct err *e)
{
	struct chunk_search *const s = arg;
	struct cJSON *o = NULL;

	if (s->found == s->n)
		return RC_OK;
	enum rc rc = json_parse(line->text, CHUNKS, &o, e);
	if (rc == RC_OK)
		rc = check_chunk(s, o, e);
	json_free(o);
	return rc;
}

enum rc
locate_record_chunks(const struct reader *r, const struct record_line *lines,
    size_t n, struct record_place *places, struct err *e)
{
	struct chunk_search s = { lines, n, 0, places };
	const struct scan_visit visit = { visit_chunk, &s };

	enum rc rc = reader_sidecar(r, SIDECAR_CHUNKS, &visit, e);
	if (rc == RC_OK && s.found < n)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s/" CHUNKS " lists no chunk for line %llu of the staging",
		    reader_dir(r), (unsigned long long)lines[s.found].of_all);
	return rc;
}
