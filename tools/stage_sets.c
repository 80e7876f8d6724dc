/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "convert/source_channel.h"
#include "evtx/xmltree.h"
#include "select/explain.h"
#include "tools/cli.h"
#include "tools/stage_report.h"
#include "tools/stage_sets.h"
#include "util/io.h"
#include "util/visible.h"

#define PROGRAM "evtxstage"
/* Maximum length of the explanation of a record. */
#define TEXT_MAX ((size_t)64 << 20)
/* Maximum size of a file of records in bytes. */
#define FILE_MAX ((size_t)256 << 20)
/* Maximum memory for an event in XML, in bytes. */
#define NODES_MAX ((size_t)64 << 20)

/* State of explaining the records of a file. */
struct explainer {
	struct explain how;
	const char *path;
	/* Finds the log of the file; NULL without queries. */
	struct source_channel *logs;
	struct source_log log;
	const struct decoder_kind *decoder;
	struct buf file;
	struct buf words;
	size_t records;
	size_t lost; /* number of records that could not be read */
};

/* Print the text line by line, with control characters escaped. */
static enum rc
print(struct buf *words, struct err *e)
{
	bool full = words->full;
	struct buf shown;

	buf_init(&shown, VISIBLE_GROWTH * words->max);
	for (size_t i = 0, n; i < words->n && !full; i += n + 1) {
		const uint8_t *const line = words->p + i;
		const uint8_t *const end = memchr(line, '\n', words->n - i);
		n = end == NULL ? words->n - i : (size_t)(end - line);
		visible_put(&shown, span_of(line, n));
		buf_byte(&shown, '\n');
	}
	full = full || shown.full;
	(void)fwrite(shown.p, 1, shown.n, stdout);
	buf_reset(&shown);
	buf_cut(words, 0);
	if (full)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "the explanation has more than %zu bytes", words->max);
	if (fflush(stdout) != 0)
		return err_sys(e, RC_FATAL, "write to standard output");
	return RC_OK;
}

static enum rc
show_set(struct eventset *set, struct err *e)
{
	struct buf words;

	buf_init(&words, TEXT_MAX);
	explain_set(&words, set);
	const enum rc rc = print(&words, e);
	buf_reset(&words);
	eventset_free(set);
	return rc;
}

/* Print a set as it is published, and as the connector's agent requests it. */
static enum rc
show(const struct stage_options *o, const char *name, struct err *e)
{
	const bool strict = o->given.value[OPT_STRICT_SETS] != NULL;
	const bool both = !strict && eventset_has_strict(name);
	struct eventset set;

	enum rc rc = strict ? eventset_load_strict(&set, name, e)
			    : eventset_load(&set, name, e);
	if (rc == RC_OK)
		rc = show_set(&set, e);
	if (rc != RC_OK || !both)
		return rc;
	(void)fputs("\nThe same set with --strict-sets, as the connector's "
		    "agent requests it:\n",
	    stdout);
	rc = eventset_load_strict(&set, name, e);
	return rc == RC_OK ? show_set(&set, e) : rc;
}

static enum rc
explain_record(struct explainer *x, const struct tree *t, struct err *e)
{
	const enum rc rc = explain_tree(&x->words, &x->how, t, e);

	x->records++;
	return rc == RC_OK ? print(&x->words, e) : rc;
}

static enum rc
explain_chunk(struct explainer *x, struct decoder *d, const struct chunk *c,
    struct err *e)
{
	struct record r;
	enum rc rc = x->decoder->start(d, c, e);

	while (rc == RC_OK || rc == RC_SKIP) {
		rc = x->decoder->next(d, &r, e);
		if (rc == RC_OK)
			rc = explain_record(x, &r.tree, e);
		else if (rc == RC_SKIP)
			x->lost++;
	}
	return rc == RC_END ? RC_OK : rc;
}

/* Find the log that contains the records, as in a conversion. */
static enum rc
find_log(struct explainer *x, struct err *e)
{
	const struct span all = buf_span(&x->file);
	enum rc rc = RC_OK;
	struct chunk c;

	if (x->logs == NULL)
		return RC_OK;
	x->log = source_channel_by_name(x->logs, x->path);
	for (size_t at = CHUNK_FILE_HEADER;
	     rc == RC_OK && !x->log.decided && at < all.n &&
	     all.n - at >= CHUNK_BYTES;
	     at += CHUNK_BYTES) {
		if (chunk_read(&c, span_of(all.p + at, CHUNK_BYTES)))
			rc = source_channel_by_chunk(
			    x->logs, x->path, &c, &x->log, e);
	}
	x->how.log = source_channel_mask(x->logs, x->path, &x->log);
	return rc;
}

static enum rc
explain_log(struct explainer *x, struct err *e)
{
	const struct decoder_options none = { .drop = NULL };
	const struct span all = buf_span(&x->file);
	struct decoder *d;
	struct chunk c;

	enum rc rc = x->decoder->create(&d, &none, e);
	for (size_t at = CHUNK_FILE_HEADER;
	     rc == RC_OK && at < all.n && all.n - at >= CHUNK_BYTES;
	     at += CHUNK_BYTES) {
		if (chunk_read(&c, span_of(all.p + at, CHUNK_BYTES)))
			rc = explain_chunk(x, d, &c, e);
	}
	x->decoder->destroy(d);
	return rc;
}

/* Find the next <Event ...>...</Event> in *left, and advance *left past it. */
static bool
next_event(struct span *left, struct span *event)
{
	static const char end[] = "</Event>";
	const uint8_t *from = left->p;
	const uint8_t *const stop = left->p + left->n;

	do {
		from = memmem(from, (size_t)(stop - from), "<Event", 6);
		if (from == NULL || stop - from < 7)
			return false;
		from += 6;
	} while (*from != ' ' && *from != '>');
	from -= 6;
	const uint8_t *to =
	    memmem(from, (size_t)(stop - from), end, sizeof(end) - 1);
	if (to == NULL)
		return false;
	to += sizeof(end) - 1;
	*event = span_of(from, (size_t)(to - from));
	*left = span_of(to, (size_t)(stop - to));
	return true;
}

static enum rc
explain_xml(struct explainer *x, struct err *e)
{
	struct arena arena;
	struct xmltree reader = { .into = &arena };
	struct span left = buf_span(&x->file);
	struct span event;

	arena_init(&arena, NODES_MAX);
	buf_init(&reader.text, NODES_MAX);
	enum rc rc = xml_create(&reader.xml, e);
	while (rc == RC_OK && next_event(&left, &event)) {
		struct tree t = { .values = NULL };
		arena_reset(&arena);
		rc = xmltree_read(&reader, event, &t.root, e);
		if (rc == RC_OK)
			rc = explain_record(x, &t, e);
		if (rc != RC_SKIP)
			continue;
		cli_say(PROGRAM, "%s", e->text);
		x->lost++;
		rc = RC_OK;
	}
	xml_destroy(reader.xml);
	buf_reset(&reader.text);
	arena_free(&arena);
	return rc;
}

static enum rc
read_file(struct explainer *x, const char *path, struct err *e)
{
	enum rc rc = queries_read_file(path, &x->file, e);

	if (rc != RC_OK)
		return rc;
	struct chunk_file_header header;
	chunk_read_file_header(&header, buf_span(&x->file));
	rc = find_log(x, e);
	if (rc == RC_OK)
		rc = header.signature ? explain_log(x, e) : explain_xml(x, e);
	if (rc == RC_OK && x->records + x->lost == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s contains no event, neither as a log nor as XML", path);
	return rc;
}

static enum rc
explain(
    const struct stage_options *o, const char *path, bool *lost, struct err *e)
{
	struct explainer x = {
		.how.select = &o->select, .path = path, .decoder = o->decoder
	};
	enum rc rc = RC_OK;

	buf_init(&x.file, FILE_MAX);
	buf_init(&x.words, TEXT_MAX);
	if (o->select.queries != NULL)
		rc = source_channel_create(
		    &x.logs, o->select.queries, o->log_name, e);
	if (rc == RC_OK)
		rc = read_file(&x, path, e);
	*lost = x.lost != 0;
	if (rc == RC_OK && *lost)
		cli_say(PROGRAM,
		    "%s: %zu record%s or region%s could not be read", path,
		    x.lost, x.lost == 1 ? "" : "s", x.lost == 1 ? "" : "s");
	source_channel_destroy(x.logs);
	buf_reset(&x.words);
	buf_reset(&x.file);
	return rc;
}

int
stage_sets_run(const struct stage_options *o)
{
	static const char sets[] =
	    "all      every event of Security and of the AppLocker channels\n"
	    "common   the ids of the connector's set Common in these channels\n"
	    "minimal  the ids of its set Minimal in these channels\n"
	    "none     nothing: inputs are read, checked and counted\n"
	    "any      every record of every channel\n"
	    "FILE     a set of your own, see evtxstage(1)\n";
	const char *const word = o->n_inputs == 0 ? "" : o->inputs[0];
	bool lost = false;
	enum rc rc;
	struct err e;

	err_clear(&e);
	if (strcmp(word, "list") == 0 && o->n_inputs == 1)
		rc = fputs(sets, stdout) == EOF || fflush(stdout) != 0
			 ? err_sys(&e, RC_FATAL, "write to standard output")
			 : RC_OK;
	else if (strcmp(word, "show") == 0 && o->n_inputs == 2)
		rc = show(o, o->inputs[1], &e);
	else if (strcmp(word, "explain") == 0 && o->n_inputs == 2)
		rc = explain(o, o->inputs[1], &lost, &e);
	else
		rc = err_set(&e, RC_FATAL, WHY_USAGE,
		    "give sets list, sets show SET, or sets explain FILE "
		    "(evtxstage help sets)");
	if (rc == RC_OK)
		return lost ? CLI_INPUT : CLI_OK;
	return stage_report_failure(o, &e);
}
