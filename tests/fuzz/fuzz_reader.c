/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A staging directory: the text of its manifest, a NUL, its segment. 64 signs
 * @ in the manifest stand for the segment's digest, which nobody guesses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "stage/reader.h"
#include "tests/fuzz/fuzz.h"

#define SIGNS "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@"

struct seen {
	uint64_t lines;
	uint64_t end; /* where the next line starts */
};

static enum rc
see(void *arg, const struct scan_line *line, struct err *e)
{
	struct seen *const s = arg;

	(void)e;
	FUZZ_NEED(line->offset == s->end && line->text.n == line->length);
	s->end = line->offset + line->length + 1;
	s->lines++;
	return RC_OK;
}

static void
scan(const struct reader *r, size_t i, struct span text)
{
	const struct reader_segment *const s = reader_segment(r, i);
	struct seen seen = { 0, 0 };
	const struct scan_visit visit = { see, &seen };
	struct err e;
	struct buf out;

	err_clear(&e);
	FUZZ_NEED(strncmp(s->name, "segments/", 9) == 0);
	FUZZ_NEED(strchr(s->name + 9, '/') == NULL && s->name[9] != '.');
	if (reader_scan(r, i, &visit, &e) != RC_OK) {
		FUZZ_NEED(e.text[0] != '\0');
		return;
	}
	/* The one segment that is there: all of it was seen. */
	FUZZ_NEED(seen.end == text.n && seen.lines == s->lines);
	const struct reader_range whole = { i, 0, s->bytes };
	buf_init(&out, text.n + 1);
	FUZZ_NEED(reader_read(r, &whole, &out, &e) == RC_OK);
	FUZZ_NEED(span_eq(buf_span(&out), text));
	buf_reset(&out);
}

static void
put_digest(char *manifest, struct span text)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct err e;
	char *const at = strstr(manifest, SIGNS);

	FUZZ_NEED(digest_once(text, sum, &e) == RC_OK);
	digest_hex(sum, sizeof(sum), hex);
	if (at != NULL)
		memcpy(at, hex, DIGEST_HEX - 1);
}

static void
open_and_scan(const char *dir, struct span text)
{
	struct reader *r = NULL;
	struct err e;

	err_clear(&e);
	if (reader_open(dir, &r, &e) != RC_OK) {
		FUZZ_NEED(r == NULL && e.text[0] != '\0');
		return;
	}
	FUZZ_NEED(strlen(reader_digest(r)) == DIGEST_HEX - 1);
	FUZZ_NEED(reader_schema(r) != NULL);
	for (size_t i = 0; i < reader_count(r) && i < 10; i++)
		scan(r, i, text);
	reader_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const dir = fuzz_folder();
	char path[64];
	const size_t n = size == 0 ? 0 : strnlen((const char *)data, size);
	char *const manifest = calloc(1, n + 1);
	const struct span text =
	    n < size ? span_of(data + n + 1, size - n - 1) : span_of(data, 0);

	FUZZ_NEED(manifest != NULL);
	if (n != 0)
		memcpy(manifest, data, n);
	put_digest(manifest, text);
	(void)snprintf(path, sizeof(path), "%s/segments", dir);
	(void)mkdir(path, 0700);
	fuzz_write(dir, "manifest.json", span_of(manifest, n));
	fuzz_write(dir, "segments/000001.ndjson", text);
	free(manifest);
	open_and_scan(dir, text);
	return 0;
}
