/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "coverage/coverage_json.h"
#include "stage/account_json.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_logs.h"
#include "tools/stage_report.h"
#include "util/json.h"

#define PROGRAM "evtxstage"
#define PATH_SHOWN_MAX 16384
/* Maximum number of columns of the counts and the reason. */
#define COUNTS_ROOM ((size_t)45)
/* The exit status after a signal is SIGNALLED + its number. */
#define SIGNALLED 128

static uint64_t
all_bytes(const struct manifest *m)
{
	return m->base_counts.bytes + m->counts.bytes;
}

static uint64_t
all_sources(const struct manifest *m)
{
	return m->base_counts.sources + m->counts.sources;
}

static uint64_t
all_bad(const struct manifest *m)
{
	return m->base_counts.bad + m->counts.bad;
}

static uint64_t
all_copies(const struct manifest *m)
{
	return m->base_counts.copies + m->counts.copies;
}

/* Print the record counts whose sum is `found`. */
static void
say_terms(const struct stage_report *r)
{
	const struct account *const a = &r->m->account;
	const bool staged = strcmp(r->o->output, "-") != 0;
	char note[64];

	cli_row(
	    stderr, "found", a->found, a->found == 1 ? " record" : " records");
	cli_row(stderr, "emitted", a->emitted, "");
	for (unsigned i = 0; i < SELECT_VERDICTS; i++) {
		(void)snprintf(
		    note, sizeof(note), "  by %s", select_reasons[i]);
		cli_row_some(stderr, "filtered", a->filtered[i], note);
	}
	cli_row_some(stderr, "duplicate", a->duplicate,
	    "  copies of events that occur more than once, left out");
	cli_row(stderr, "damaged", a->damaged,
	    a->damaged != 0 && staged ? "  see damage.ndjson" : "");
	if (staged)
		cli_row_some(stderr, "summed", r->m->damage_summed,
		    "  equal entries, combined as \"count\" in damage.ndjson");
}

/* Print the counts that are not part of the sum. */
static void
say_beside(const struct account *a)
{
	cli_row_some(stderr, "regions", a->regions,
	    "  damaged byte ranges without a record header");
	cli_row_some(stderr, "unchecked", a->unchecked,
	    "  emitted from chunks whose checksum fails");
	cli_row_some(stderr, "hidden", a->hidden,
	    "  covered by another record; not part of found");
	cli_row_some(stderr, "repaired", a->repaired,
	    "  read after a repair, see damage.ndjson");
	cli_row_some(stderr, "names", a->names,
	    "  that do not match their hash, with good checksums");
	cli_row_some(stderr, "borrowed", a->borrowed,
	    "  read with the template of another chunk");
	cli_row_some(
	    stderr, "recovered", a->recovered, "  written; not part of found");
	cli_row_some(stderr, "disagreed", a->disagreements,
	    "  read differently by the two decoders");
	cli_row_some(stderr, "one-sided", a->one_sided,
	    "  read by one of the two decoders only");
	cli_row_some(stderr, "conflicts", a->conflicts,
	    "  emitted with the RecordKey of a different row");
	cli_row_some(stderr, "other logs", a->other_channels,
	    "  not of Security or AppLocker: use --schema windowsevent");
	cli_row_some(stderr, "long values", a->long_fields,
	    "  of more than 64 KB, split or truncated");
	cli_row_some(stderr, "no time", a->inferred,
	    "  emitted with the time of their header or a neighbour");
}

static void
say_account(const struct stage_report *r)
{
	cli_row_notes(stderr, "copies", all_copies(r->m),
	    (struct cli_notes){
		" source with the same bytes as another, not read again",
		" sources with the same bytes as others, not read again" });
	cli_row_notes(stderr, "passed over", r->m->passed_over,
	    (struct cli_notes){
		" file that is not a log", " files that are not logs" });
	cli_row_some(stderr, "unseen", r->m->unseen,
	    " of them, which could not be opened");
	cli_row_notes(stderr, "left out", r->m->left_out,
	    (struct cli_notes){ " log  by name", " logs  by name" });
	say_terms(r);
	say_beside(&r->m->account);
	stage_logs_sum(stderr, r->coverage);
}

static void
add_count(char *text, size_t size, uint64_t n, const char *noun)
{
	char words[CLI_WORDS_MAX];
	const size_t at = strlen(text);

	if (n != 0)
		(void)snprintf(text + at, size - at, "%s%s",
		    at == 0 ? "" : ", ", cli_words(words, n, noun));
}

/* Report a source with its first damage, and with its counts of damage if they
 * fit on the line. */
static void
say_damage(const struct stage_options *o, const struct source_entry *s)
{
	const struct account *const a = &s->account;
	char counts[4 * CLI_WORDS_MAX] = "";
	char text[PATH_SHOWN_MAX];

	add_count(counts, sizeof(counts), a->damaged, "damaged record");
	add_count(counts, sizeof(counts), s->chunks_bad, "bad chunk");
	add_count(counts, sizeof(counts), a->regions, "damaged region");
	add_count(counts, sizeof(counts), a->hidden, "hidden record");
	const char *const why = s->error != NULL    ? NULL
				: s->reason != NULL ? s->reason
						    : "";
	if (why == NULL || why[0] == '\0')
		(void)snprintf(text, sizeof(text), "%s: %s", s->name,
		    counts[0] == '\0' ? "damaged or recovered records"
				      : counts);
	else if (o->verbose || counts[0] == '\0' ||
		 strlen(counts) + strlen(why) > COUNTS_ROOM)
		(void)snprintf(text, sizeof(text), "%s: %s", s->name, why);
	else
		(void)snprintf(
		    text, sizeof(text), "%s: %s (%s)", s->name, why, counts);
	cli_say_of(PROGRAM, o->verbose ? "" : s->name, text);
}

void
stage_report_source(const struct stage_options *o, const struct source_entry *s)
{
	const struct account *const a = &s->account;
	const bool good = source_entry_is_good(s);
	/* Errors of sources were reported when they occurred. */
	const bool said = good || (s->error != NULL && s->chunks == 0);
	char text[PATH_SHOWN_MAX];
	char chunks[CLI_WORDS_MAX];
	char records[CLI_WORDS_MAX];
	char emitted[CLI_COUNT_MAX];

	if (o->quiet || (said && !o->verbose))
		return;
	if (good) {
		(void)snprintf(text, sizeof(text), "%s: %s, %s, %s emitted",
		    s->name, cli_words(chunks, s->chunks, "chunk"),
		    cli_words(records, a->found, "record"),
		    cli_count(emitted, a->emitted));
		cli_say_of(PROGRAM, "", text);
		return;
	}
	say_damage(o, s);
}

static void
say_totals(const struct stage_report *r)
{
	char bytes[CLI_COUNT_MAX];
	char set[4 * sizeof(r->o->select.set.name)];
	const uint64_t n = all_sources(r->m);

	(void)fprintf(stderr,
	    PROGRAM ": %llu source%s (%llu damaged or unreadable), %s bytes, "
		    "schema %s, event set %s\n",
	    (unsigned long long)n, n == 1 ? "" : "s",
	    (unsigned long long)all_bad(r->m),
	    cli_count(bytes, all_bytes(r->m)), r->o->schema->name,
	    cli_tame(set, sizeof(set), r->o->select.set.name));
}

static void
say_end(const struct stage_report *r)
{
	char dir[PATH_SHOWN_MAX];

	if (r->error != NULL)
		(void)fprintf(stderr, "  not finished%s\n",
		    r->status == CLI_TEMPORARY || r->status >= SIGNALLED
			? ": run the same command again"
			: "");
	else if (strcmp(r->o->output, "-") != 0)
		(void)fprintf(stderr, "  staged in %s: %zu segment%s\n",
		    cli_tame(dir, sizeof(dir), r->o->output), r->m->n_segments,
		    r->m->n_segments == 1 ? "" : "s");
}

/* Print the counts of the run that made the staging. */
static void
say_already(const struct stage_report *r)
{
	char dir[PATH_SHOWN_MAX];
	char rows[CLI_COUNT_MAX];
	const uint64_t n = all_sources(r->m);

	(void)fprintf(stderr,
	    PROGRAM ": already staged in %s by the same command: "
		    "%llu source%s (%llu damaged or unreadable), %s row%s\n"
		    "  nothing was changed; --force stages again\n",
	    cli_tame(dir, sizeof(dir), r->o->output), (unsigned long long)n,
	    n == 1 ? "" : "s", (unsigned long long)all_bad(r->m),
	    cli_count(rows, r->m->account.emitted),
	    r->m->account.emitted == 1 ? "" : "s");
}

void
stage_report_text(const struct stage_report *r)
{
	/* A run that was rejected has no counts. */
	if (r->o->quiet || r->status == CLI_USAGE)
		return;
	if (r->already) {
		say_already(r);
		return;
	}
	say_totals(r);
	say_account(r);
	say_end(r);
}

static struct cJSON *
summary(const struct stage_report *r)
{
	struct cJSON *const o = json_object();

	json_add_text(o, "program", PROGRAM);
	json_add_text(o, "version", r->m->tool_version);
	json_add_number(o, "exit", r->status);
	json_add_bool(o, "finished", r->error == NULL);
	if (r->already)
		json_add_bool(o, "already_staged", true);
	json_add_text(o, "output", r->o->output);
	json_add_text(o, "schema", r->o->schema->name);
	json_add_text(o, "event_set", r->o->select.set.name);
	json_add_count(o, "sources", all_sources(r->m));
	if (r->m->base_counts.sources != 0)
		json_add_count(o, "sources_earlier", r->m->base_counts.sources);
	json_add_count(o, "sources_bad", all_bad(r->m));
	json_add_count(o, "sources_duplicate", all_copies(r->m));
	manifest_passed(r->m, o);
	if (r->m->inputs_empty != 0)
		json_add_count(o, "inputs_without_logs", r->m->inputs_empty);
	if (!r->already)
		json_add_count(o, "bytes", all_bytes(r->m));
	json_add_count(o, "segments", r->m->n_segments);
	json_add(o, "accounting", account_json(&r->m->account, select_reasons));
	if (!r->already)
		coverage_json_run(r->coverage, o);
	json_add_number(o, "seconds", r->seconds);
	if (r->error != NULL)
		json_add_text(o, "error", r->error);
	return o;
}

enum rc
stage_report_put(struct cJSON *o, FILE *to, struct err *e)
{
	struct buf text;

	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = json_write(&text, o, e);
	json_free(o);
	buf_byte(&text, '\n');
	if (rc == RC_OK && text.full)
		rc = err_nomem(e);
	if (rc == RC_OK &&
	    (fwrite(text.p, 1, text.n, to) != text.n || fflush(to) != 0))
		rc = err_sys(e, RC_FATAL, "write the summary");
	buf_reset(&text);
	return rc;
}

enum rc
stage_report_json(const struct stage_report *r, struct err *e)
{
	const bool lines = strcmp(r->o->output, "-") == 0;

	return stage_report_put(summary(r), lines ? stderr : stdout, e);
}

int
stage_report_failure(const struct stage_options *o, const struct err *e)
{
	const int status = cli_exit_of(e);
	const char *const output = o->given.value[OPT_OUTPUT];
	const bool lines = output != NULL && strcmp(output, "-") == 0;
	struct err ignored;

	cli_say(PROGRAM, "%s", e->text);
	if (o->given.value[OPT_JSON] == NULL)
		return status;
	struct cJSON *const object = json_object();
	json_add_text(object, "program", PROGRAM);
	json_add_text(object, "version", BUILD_VERSION);
	json_add_number(object, "exit", status);
	json_add_bool(object, "finished", false);
	json_add_text(object, "error", e->text);
	/* The status of the failure says more than that of its report. */
	(void)stage_report_put(object, lines ? stderr : stdout, &ignored);
	return status;
}
