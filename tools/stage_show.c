/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/reread_record.h"
#include "input/source_lookup.h"
#include "tools/cli.h"
#include "tools/stage_report.h"
#include "tools/stage_show.h"
#include "tools/stagings.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/visible.h"

#define PROGRAM "evtxstage"
#define NAME_SHOWN_MAX 16384
#define LINE_MAX ((size_t)64 << 20)

/* A row, its source, and the record in the evidence. */
struct shown {
	const struct stage_options *o;
	struct stagings *stagings;
	const struct reader *r;
	const struct record_line *line;
	const struct record_place *place;
	const struct cJSON *source; /* line of the source in sources.ndjson */
	struct buf row;
	struct reread_record record;
	bool changed; /* the source has another digest than in the manifest */
	/* Why the record cannot be shown; RC_OK: it can be shown. */
	struct err lost;
};

static const char *
text_of(const struct cJSON *o, const char *name)
{
	const char *const text = json_text(o, name);

	return text == NULL ? "" : text;
}

static const char *
segment_name(const struct shown *s)
{
	return reader_segment(s->r, s->line->segment)->name;
}

static uint64_t
record_offset(const struct shown *s)
{
	return s->place->offset + s->record.header.offset;
}

/* --- for people ----------------------------------------------------------- */

static void
put_text(const char *name, const char *text)
{
	char shown[NAME_SHOWN_MAX];

	if (text[0] != '\0')
		(void)printf(
		    "  %-9s %s\n", name, cli_tame(shown, sizeof(shown), text));
}

/* Print XML or a row completely, line by line. */
static enum rc
put_whole(const char *name, struct span bytes, struct err *e)
{
	const size_t size = bytes.n * VISIBLE_GROWTH + 1;
	char *const text = strndup((const char *)bytes.p, bytes.n);
	char *const shown = malloc(size);
	char *rest = text;
	enum rc rc = RC_OK;

	if (text == NULL || shown == NULL) {
		rc = err_nomem(e);
		goto out;
	}
	(void)printf("  %s\n", name);
	for (char *line = rest; line != NULL; line = rest) {
		rest = strchr(line, '\n');
		if (rest != NULL)
			*rest++ = '\0';
		(void)printf("    %s\n", cli_tame(shown, size, line));
	}
out:
	free(text);
	free(shown);
	return rc;
}

static void
put_place(const struct shown *s)
{
	const struct cJSON *const by = json_get(s->source, "collected");

	(void)printf("  %-9s %s, line %llu (byte %llu, %llu byte%s)\n", "line",
	    segment_name(s), (unsigned long long)s->line->number,
	    (unsigned long long)s->line->offset,
	    (unsigned long long)s->line->length,
	    s->line->length == 1 ? "" : "s");
	put_text("source", text_of(s->source, "name"));
	put_text("SHA-256", text_of(s->source, "sha256"));
	put_text("archive", text_of(s->source, "archive_sha256"));
	put_text("host", text_of(by, "host"));
	put_text("path", text_of(by, "path"));
	(void)printf("  %-9s %llu, at byte %llu, checksums %s%s\n", "chunk",
	    (unsigned long long)s->place->chunk,
	    (unsigned long long)s->place->offset,
	    s->place->crc_ok ? "good" : "wrong",
	    s->place->deferred ? "; the record was read after the others" : "");
}

static enum rc
put_text_report(const struct shown *s, struct err *e)
{
	const struct chunk_record *const h = &s->record.header;
	char time[FILETIME_MAX + 1];
	char dir[NAME_SHOWN_MAX];

	(void)printf("%s in %s\n", s->o->key,
	    cli_tame(dir, sizeof(dir), reader_dir(s->r)));
	put_place(s);
	enum rc rc = put_whole("row", buf_span(&s->row), e);
	if (rc != RC_OK || s->lost.rc != RC_OK)
		return rc;
	*filetime_put((uint8_t *)time, h->time) = '\0';
	(void)printf("  %-9s at byte %llu, %lu bytes, header id %llu, written "
		     "%s\n",
	    "record", (unsigned long long)record_offset(s),
	    (unsigned long)h->size, (unsigned long long)h->id, time);
	rc = put_whole("ours", buf_span(&s->record.ours), e);
	if (rc == RC_OK && s->record.theirs.n != 0)
		rc = put_whole("libevtx", buf_span(&s->record.theirs), e);
	else
		put_text("libevtx", s->record.refused.text);
	return rc;
}

/* --- for scripts ---------------------------------------------------------- */

static enum rc
add_span(struct cJSON *o, const char *name, struct span bytes, struct err *e)
{
	char *const text = strndup((const char *)bytes.p, bytes.n);

	if (text == NULL)
		return err_nomem(e);
	json_add_text(o, name, text);
	free(text);
	return RC_OK;
}

static enum rc
add_record(struct cJSON *o, const struct shown *s, struct err *e)
{
	const struct chunk_record *const h = &s->record.header;
	char time[FILETIME_MAX + 1];

	if (s->lost.rc != RC_OK) {
		json_add_text(o, "error", s->lost.text);
		return RC_OK;
	}
	*filetime_put((uint8_t *)time, h->time) = '\0';
	json_add_count(o, "record_offset", record_offset(s));
	json_add_count(o, "record_bytes", h->size);
	json_add_count(o, "header_id", h->id);
	json_add_text(o, "header_time", time);
	enum rc rc = add_span(o, "xml", buf_span(&s->record.ours), e);
	if (s->record.theirs.n == 0)
		json_add_text(o, "libevtx_error", s->record.refused.text);
	else if (rc == RC_OK)
		rc = add_span(o, "libevtx_xml", buf_span(&s->record.theirs), e);
	return rc;
}

/* Add the row as it is in the segment, after checking that it is valid JSON. */
static enum rc
add_row(struct cJSON *o, const struct shown *s, struct err *e)
{
	struct cJSON *row = NULL;
	struct span line = buf_span(&s->row);

	const enum rc rc = json_parse(line, segment_name(s), &row, e);
	json_free(row);
	if (line.n != 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (rc == RC_OK)
		json_add_written(o, "row", line);
	return rc;
}

static enum rc
put_json(const struct shown *s, struct err *e)
{
	struct cJSON *const o = json_object();

	json_add_text(o, "key", s->o->key);
	json_add_text(o, "staging", reader_dir(s->r));
	json_add_text(o, "segment", segment_name(s));
	json_add_count(o, "line", s->line->number);
	json_add_count(o, "line_offset", s->line->offset);
	json_add_count(o, "line_bytes", s->line->length);
	json_add_text(o, "source", text_of(s->source, "name"));
	json_add_text(o, "source_sha256", text_of(s->source, "sha256"));
	if (json_text(s->source, "archive_sha256") != NULL)
		json_add_text(
		    o, "archive_sha256", text_of(s->source, "archive_sha256"));
	json_add_count(o, "chunk", s->place->chunk);
	json_add_count(o, "chunk_offset", s->place->offset);
	json_add_bool(o, "crc_ok", s->place->crc_ok);
	json_add_bool(o, "evidence_changed", s->changed);
	enum rc rc = add_record(o, s, e);
	if (rc == RC_OK)
		rc = add_row(o, s, e);
	if (rc != RC_OK) {
		json_free(o);
		return rc;
	}
	return stage_report_put(o, stdout, e);
}

/* --- one line ------------------------------------------------------------- */

/* Compare the digest of the source. A changed source may still contain the
 * record, so it is reported and read. */
static enum rc
check_digest(struct shown *s, int fd, struct err *e)
{
	const char *const want = text_of(s->source, "sha256");
	const char *const name = text_of(s->source, "name");
	struct scan_sum sum;

	const enum rc rc = scan_lines(fd, name, NULL, &sum, e);
	if (rc != RC_OK) {
		e->rc = e->why == WHY_MEMORY ? RC_FATAL : RC_SKIP;
		return e->rc;
	}
	s->changed = strcmp(sum.sha256, want) != 0;
	if (s->changed)
		cli_say(PROGRAM,
		    "%s was changed: its SHA-256 is %s, the manifest says "
		    "%.64s",
		    name, sum.sha256, want);
	return RC_OK;
}

/* Read the record again. Failures of the evidence are stored in s->lost, so
 * that the rest is shown. */
static enum rc
read_evidence(struct shown *s, struct err *e)
{
	struct spool spool = stagings_spool(s->stagings);
	const struct source_lookup_options o = { s->o->in.unpack, &spool };
	const char *const name = text_of(s->source, "name");
	struct err why;
	int fd = -1;

	err_clear(&why);
	enum rc rc = source_lookup_open(
	    &o, name, text_of(s->source, "sha256"), &fd, &why);
	if (rc == RC_OK)
		rc = check_digest(s, fd, &why);
	if (rc == RC_OK)
		rc = reread_record_read(
		    fd, s->place, s->o->key, &s->record, &why);
	if (fd != -1)
		(void)close(fd);
	if (rc == RC_SKIP) {
		s->lost = why;
		cli_say(PROGRAM, "%s: the record cannot be shown: %s", name,
		    why.text);
		return RC_OK;
	}
	if (rc != RC_OK)
		*e = why;
	return rc;
}

static enum rc
show_line(struct shown *s, int *status, struct err *e)
{
	const struct reader_range range = { s->line->segment, s->line->offset,
		s->line->length };

	buf_init(&s->row, LINE_MAX);
	reread_record_init(&s->record);
	err_clear(&s->lost);
	enum rc rc = reader_read(s->r, &range, &s->row, e);
	if (rc == RC_OK)
		rc = read_evidence(s, e);
	if (rc == RC_OK)
		rc = s->o->json ? put_json(s, e) : put_text_report(s, e);
	if (s->lost.rc != RC_OK || s->changed)
		*status = cli_worse(*status, CLI_INPUT);
	buf_reset(&s->row);
	reread_record_reset(&s->record);
	return rc;
}

/* --- a staging ------------------------------------------------------------ */

/* The search for the lines of sources.ndjson that rows refer to. */
struct source_search {
	const struct record_place *places;
	size_t n;
	/* For each place, the line of its source; owned by the caller. */
	struct cJSON **sources;
	uint64_t number; /* number of the next line of sources.ndjson */
};

static enum rc
add_source(void *arg, const struct scan_line *line, struct err *e)
{
	struct source_search *const f = arg;
	const uint64_t number = f->number++;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < f->n; i++) {
		if (f->places[i].source == number)
			rc = json_parse(
			    line->text, "sources.ndjson", &f->sources[i], e);
	}
	return rc;
}

static enum rc
show_lines(struct stagings *stagings, const struct reader *r, uint64_t *found,
    int *status, struct err *e)
{
	struct record_line lines[LOCATE_RECORD_MAX];
	struct record_place places[LOCATE_RECORD_MAX];
	struct cJSON *sources[LOCATE_RECORD_MAX] = { NULL };
	struct source_search search = { places, 0, sources, 0 };
	const struct scan_visit visit = { add_source, &search };
	size_t n = 0;

	enum rc rc = locate_record_lines(r, stagings->o->key, lines, &n, e);
	if (rc == RC_OK && n != 0)
		rc = locate_record_chunks(r, lines, n, places, e);
	search.n = n;
	if (rc == RC_OK && n != 0)
		rc = reader_sidecar(r, SIDECAR_SOURCES, &visit, e);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct shown s = { .o = stagings->o,
			.stagings = stagings,
			.r = r,
			.line = &lines[i],
			.place = &places[i],
			.source = sources[i] };
		rc = show_line(&s, status, e);
	}
	for (size_t i = 0; i < n; i++)
		json_free(sources[i]);
	if (rc == RC_OK && n == LOCATE_RECORD_MAX)
		cli_say(PROGRAM,
		    "only the first %u rows with this key are shown",
		    LOCATE_RECORD_MAX);
	*found += n;
	return rc;
}

int
stage_show_run(struct stage_options *o)
{
	struct stagings s = { .readers = NULL };
	int status = CLI_OK;
	uint64_t found = 0;
	struct err e;

	if (o->key == NULL || strlen(o->key) != RECORD_KEY_HEX ||
	    strspn(o->key, "0123456789abcdef") != RECORD_KEY_HEX) {
		(void)err_set(&e, RC_FATAL, WHY_USAGE,
		    "show needs --key RECORDKEY: 32 lower-case hex digits "
		    "(evtxstage help show)");
		return stage_report_failure(o, &e);
	}
	err_clear(&e);
	enum rc rc = stagings_open(&s, o, &status, &e);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		rc = show_lines(&s, s.readers[i], &found, &status, &e);
	if (rc == RC_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		rc = err_sys(&e, RC_FATAL, "write to standard output");
	if (rc == RC_OK && found == 0 && s.n != 0)
		rc = err_set(&e, RC_FATAL, WHY_CORRUPT,
		    "no row has the RecordKey %s (rows of --provenance none "
		    "have no key)",
		    o->key);
	if (rc != RC_OK)
		status = cli_worse(status, stage_report_failure(o, &e));
	stagings_free(&s);
	return status;
}
