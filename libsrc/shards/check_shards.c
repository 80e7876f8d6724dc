/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/source_name.h"
#include "shards/check_shards.h"
#include "stage/account_json.h"
#include "stage/source_entry.h"
#include "util/json.h"
#include "util/num.h"
#include "util/sorter.h"

#define NAME_SHOWN 200

struct merging {
	const struct shard_set *m;
	struct shard_set_result *result;
	const struct reader *r; /* reader of the staging that is checked now */
	uint32_t shard;         /* shard number of that staging */
};

/* Lists that are collected from all stagings. */
struct lists {
	struct missing_ids *logs;
	struct missing_templates *templates;
};

static void __attribute__((format(printf, 3, 4)))
say(struct merging *g, bool again, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	g->result->problems++;
	g->m->problem(g->m->arg, g->shard, again, text);
}

/* True for an error of the check itself, not of a staging: memory,
 * interruption, or no room for temporary files. */
static bool
ends_check(const struct err *e)
{
	return e->why == WHY_MEMORY || e->why == WHY_STOPPED ||
	       e->sys == ENOSPC || e->sys == EDQUOT || e->sys == EFBIG ||
	       e->sys == EMFILE || e->sys == ENFILE;
}

/* Report an error of a staging as a problem of its shard; other errors are
 * returned. */
static enum rc
pass_on(struct merging *g, enum rc rc, struct err *e)
{
	if (rc == RC_OK || ends_check(e))
		return rc;
	say(g, true, "%s: %s", reader_dir(g->r), e->text);
	err_clear(e);
	return RC_OK;
}

/* --- which staging is of which shard -------------------------------------- */

static enum rc
find_shard(struct merging *g, size_t i)
{
	const struct cJSON *const options =
	    json_get(reader_manifest(g->m->readers[i]), "options");
	const char *const plan = json_text(options, "shards_sha256");
	const char *const text = json_text(options, "shard");
	const char *const dir = reader_dir(g->m->readers[i]);
	uint64_t shard = 0;

	g->shard = SHARDS_NONE;
	if (plan == NULL || strcmp(plan, shard_plan_digest(g->m->plan)) != 0 ||
	    text == NULL || !num_parse_u64(span_str(text), &shard) ||
	    shard >= shard_plan_shards(g->m->plan)) {
		say(g, false, "%s is not a shard of this plan", dir);
		return RC_SKIP;
	}
	g->shard = (uint32_t)shard;
	size_t *const of = &g->result->of_shard[shard];
	if (*of != 0) {
		say(g, false, "two stagings have shard %u: %s and %s", g->shard,
		    reader_dir(g->m->readers[*of - 1]), dir);
		return RC_SKIP;
	}
	*of = i + 1;
	return RC_OK;
}

/* --- made in the same way ------------------------------------------------- */

static void
compare_text(
    struct merging *g, const char *name, const char *first, const char *this)
{
	if (first == NULL || this == NULL ? first != this
					  : strcmp(first, this) != 0)
		say(g, true,
		    "%s was made with %s %.60s, another shard with "
		    "%.60s",
		    reader_dir(g->r), name, this == NULL ? "not given" : this,
		    first == NULL ? "not given" : first);
}

/* True for options in which shards may differ. The lines of a segment do not
 * depend on its compression. */
static bool
may_differ(const char *option)
{
	return strcmp(option, "shard") == 0 || strcmp(option, "compress") == 0;
}

/* Compare the options, the event set and the versions in the manifest of a
 * shard with those of the first shard. */
static void
compare_heads(struct merging *g, const struct reader *first)
{
	const struct cJSON *const a = reader_manifest(first);
	const struct cJSON *const b = reader_manifest(g->r);
	const struct cJSON *const x = json_get(a, "options");
	const struct cJSON *const y = json_get(b, "options");

	for (const struct cJSON *v = json_first(x); v != NULL; v = json_next(v))
		if (!may_differ(json_name(v)))
			compare_text(g, json_name(v),
			    json_text(x, json_name(v)),
			    json_text(y, json_name(v)));
	for (const struct cJSON *v = json_first(y); v != NULL; v = json_next(v))
		if (json_get(x, json_name(v)) == NULL &&
		    !may_differ(json_name(v)))
			compare_text(
			    g, json_name(v), NULL, json_text(y, json_name(v)));
	compare_text(g, "the event set",
	    json_text(json_get(a, "event_set"), "sha256"),
	    json_text(json_get(b, "event_set"), "sha256"));
	compare_text(g, "the version",
	    json_text(json_get(a, "tool"), "version"),
	    json_text(json_get(b, "tool"), "version"));
	if (reader_key_version(first) != reader_key_version(g->r))
		say(g, true, "%s has RecordKeys of another version",
		    reader_dir(g->r));
}

static enum rc
add_account(struct merging *g, struct err *e)
{
	const struct cJSON *const o =
	    json_get(reader_manifest(g->r), "accounting");
	struct account a;

	memset(&a, 0, sizeof(a));
	const enum rc rc = account_json_read(o, g->m->reasons, &a, e);
	if (rc == RC_OK)
		account_add(&g->result->account, &a);
	return rc;
}

/* --- sources -------------------------------------------------------------- */

/* A source of the plan. In memory its name follows, in the spelling of the
 * plan; next_planned() converts it to that of sources.ndjson. */
struct planned {
	uint32_t shard;
};

static const char *
planned_name(const struct planned *p)
{
	return (const char *)(p + 1);
}

/* Sort sources by shard, then in the order of sources.ndjson. */
static int
by_shard(const void *a, const void *b)
{
	const struct planned *const x = a;
	const struct planned *const y = b;

	if (x->shard != y->shard)
		return x->shard < y->shard ? -1 : 1;
	return strcmp(planned_name(x), planned_name(y));
}

static enum rc
add_planned(void *arg, const struct shard_plan_source *s, struct err *e)
{
	struct sorter *const to = arg;
	union {
		struct planned planned;
		char bytes[SORTER_RECORD_MAX];
	} record;
	const size_t n = strlen(s->name) + 1;

	if (n > sizeof(record) - sizeof(record.planned))
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "%.200s...: the name is too long", s->name);
	record.planned.shard = s->shard;
	memcpy(record.bytes + sizeof(record.planned), s->name, n);
	return sorter_add(
	    to, span_of(record.bytes, sizeof(record.planned) + n), e);
}

struct sources {
	struct merging *g;
	struct sorter_reader *plan;
	char *name;     /* name of the next source of the plan; NULL: no more */
	uint32_t shard; /* shard of that source */
	bool seen;      /* the staging contains that source */
	/* If that source is an archive and a member of it was found: the digest
	 * of the archive, else "". */
	char archive[DIGEST_HEX];
	bool left_out; /* --name was given: sources may have been excluded */
};

static enum rc
next_planned(struct sources *s, struct err *e)
{
	struct span record;

	free(s->name);
	s->name = NULL;
	s->seen = false;
	const enum rc rc = sorter_next(s->plan, &record, e);
	if (rc != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	struct planned p;
	memcpy(&p, record.p, sizeof(p));
	s->shard = p.shard;
	s->name = source_name_make(NULL, (const char *)record.p + sizeof(p));
	return s->name == NULL ? err_nomem(e) : RC_OK;
}

static enum rc
pass_planned(struct sources *s, struct err *e)
{
	if (!s->seen && !s->left_out)
		say(s->g, true, "%.*s is not in %s", NAME_SHOWN, s->name,
		    reader_dir(s->g->r));
	return next_planned(s, e);
}

/* True if a line of sources.ndjson is the next source of the plan, or a member
 * of it if it is an archive. */
static bool
belongs(const struct sources *s, const struct source_entry *line)
{
	const size_t n = strlen(s->name);

	if (strncmp(line->name, s->name, n) != 0)
		return false;
	return line->name[n] == '\0' ||
	       (line->name[n] == '!' && line->archive_sha256[0] != '\0');
}

static bool
is_next(const struct sources *s)
{
	return s->name != NULL && s->shard == s->g->shard;
}

/* True if a line of sources.ndjson is the first line of the next source, or
 * another member of it if it is an archive. The names are not enough for that:
 * sources whose names differ only in invalid bytes have the same name here. */
static bool
takes(const struct sources *s, const struct source_entry *line)
{
	return belongs(s, line) &&
	       (!s->seen || (s->archive[0] != '\0' &&
				strcmp(s->archive, line->archive_sha256) == 0));
}

/* True if the next source comes before the line. Lines and sources are sorted
 * by the original names of the files. strcmp() compares names in which invalid
 * bytes were replaced, so its order may differ; it is not used for a source
 * that the staging contains. */
static bool
is_before(const struct sources *s, const struct source_entry *line)
{
	return !takes(s, line) && (s->seen || strcmp(s->name, line->name) < 0);
}

static enum rc
take_source(void *arg, const struct scan_line *text, struct err *e)
{
	struct sources *const s = arg;
	struct cJSON *o = NULL;
	struct source_entry line;

	enum rc rc = json_parse(text->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &line, e);
	if (rc != RC_OK)
		goto out;
	while (rc == RC_OK && is_next(s) && is_before(s, &line))
		rc = pass_planned(s, e);
	if (rc != RC_OK)
		goto out;
	s->g->result->sources++;
	if (!is_next(s) || !takes(s, &line)) {
		say(s->g, true,
		    "%.*s in %s is not a source of the shard, or it is listed "
		    "twice",
		    NAME_SHOWN, line.name, reader_dir(s->g->r));
		goto out;
	}
	s->seen = true;
	memcpy(s->archive, line.archive_sha256, sizeof(s->archive));
out:
	json_free(o);
	return rc;
}

static enum rc
check_shard(struct sources *s, struct err *e)
{
	const struct scan_visit visit = { take_source, s };
	struct merging *const g = s->g;
	const size_t i = g->result->of_shard[g->shard];
	uint64_t bad = 0;
	enum rc rc = RC_OK;

	g->r = i == 0 ? NULL : g->m->readers[i - 1];
	if (g->r != NULL) {
		const struct cJSON *const all = reader_manifest(g->r);
		s->left_out =
		    json_text(json_get(all, "options"), "name") != NULL;
		rc = json_need_u64(all, "sources_bad", &bad, e);
		g->result->bad += bad;
		if (rc == RC_OK)
			rc = reader_sidecar(g->r, SIDECAR_SOURCES, &visit, e);
		rc = pass_on(g, rc, e);
	}
	while (rc == RC_OK && is_next(s))
		rc = g->r == NULL ? next_planned(s, e) : pass_planned(s, e);
	return rc;
}

static enum rc
check_sources(struct merging *g, struct err *e)
{
	const struct sorter_options o = { by_shard, g->m->scratch, 0 };
	struct sources s = { .g = g };
	struct sorter *plan = NULL;

	enum rc rc = sorter_create(&plan, &o, e);
	const struct shard_plan_visit visit = { add_planned, plan };
	if (rc == RC_OK)
		rc = shard_plan_read(g->m->plan, &visit, e);
	if (rc == RC_OK)
		rc = sorter_finish(plan, e);
	if (rc == RC_OK)
		rc = sorter_read(&s.plan, plan, e);
	if (rc == RC_OK)
		rc = next_planned(&s, e);
	for (g->shard = 0;
	     rc == RC_OK && g->shard < shard_plan_shards(g->m->plan);
	     g->shard++)
		rc = check_shard(&s, e);
	free(s.name);
	sorter_reader_destroy(s.plan);
	sorter_destroy(plan);
	return rc;
}

/* --- all checks ----------------------------------------------------------- */

static enum rc
check_staging(struct merging *g, struct lists *lists, struct err *e)
{
	const struct reader *first = NULL;

	for (uint32_t i = 0; first == NULL && i <= g->shard; i++)
		if (g->result->of_shard[i] != 0)
			first = g->m->readers[g->result->of_shard[i] - 1];
	compare_heads(g, first);
	enum rc rc = add_account(g, e);
	if (rc == RC_OK)
		rc = missing_ids_add(lists->logs, g->r, e);
	if (rc == RC_OK)
		rc = missing_templates_add(lists->templates, g->shard, g->r, e);
	if (rc == RC_OK)
		rc = shard_rows_add(g->result->rows, g->shard, g->r, false, e);
	return rc;
}

/* Add the recovered rows. This is done after the live rows of all shards. */
static enum rc
check_recovered(struct merging *g, struct lists *lists, struct err *e)
{
	(void)lists;
	return shard_rows_add(g->result->rows, g->shard, g->r, true, e);
}

static void
report_missing(struct merging *g)
{
	if (g->result->of_shard[g->shard] == 0)
		say(g, true, "shard %u is missing", g->shard);
}

/* Call a check for each shard in turn. An error is reported as a problem of the
 * shard, and the next shard is checked. */
static enum rc
each_staging(struct merging *g, struct lists *lists,
    enum rc (*check)(struct merging *g, struct lists *lists, struct err *e),
    struct err *e)
{
	enum rc rc = RC_OK;

	for (uint32_t i = 0; rc == RC_OK && i < shard_plan_shards(g->m->plan);
	     i++) {
		const size_t of = g->result->of_shard[i];
		g->shard = i;
		if (of == 0)
			continue;
		g->r = g->m->readers[of - 1];
		rc = pass_on(g, check(g, lists, e), e);
	}
	return rc;
}

static enum rc
check_rows(struct merging *g, struct lists *lists, struct err *e)
{
	const struct shard_rows_options o = { g->m->scratch, g->m->key_memory,
		g->m->stop, &g->result->counts };
	enum rc rc = shard_rows_create(&g->result->rows, &o, e);

	for (g->shard = 0;
	     rc == RC_OK && g->shard < shard_plan_shards(g->m->plan);
	     g->shard++)
		report_missing(g);
	if (rc == RC_OK)
		rc = each_staging(g, lists, check_staging, e);
	if (rc == RC_OK)
		rc = each_staging(g, lists, check_recovered, e);
	return rc == RC_OK ? shard_rows_finish(g->result->rows, e) : rc;
}

enum rc
check_shards(
    const struct shard_set *m, struct shard_set_result *result, struct err *e)
{
	struct merging g = { m, result, NULL, SHARDS_NONE };
	struct lists lists = { NULL, NULL };

	memset(result, 0, sizeof(*result));
	result->of_shard =
	    calloc(shard_plan_shards(m->plan), sizeof(*result->of_shard));
	if (result->of_shard == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < m->n; i++)
		(void)find_shard(&g, i);
	enum rc rc = missing_ids_create(&lists.logs, m->scratch, e);
	if (rc == RC_OK)
		rc = missing_templates_create(&lists.templates, m->scratch, e);
	if (rc == RC_OK)
		rc = check_rows(&g, &lists, e);
	if (rc == RC_OK)
		rc = check_sources(&g, e);
	if (rc == RC_OK)
		rc = missing_ids_finish(lists.logs, &result->ids, e);
	if (rc == RC_OK)
		rc = missing_templates_finish(
		    lists.templates, &result->templates, m->mend, e);
	missing_ids_destroy(lists.logs);
	missing_templates_destroy(lists.templates);
	return rc;
}

void
check_shards_free(struct shard_set_result *result)
{
	shard_rows_destroy(result->rows);
	free(result->of_shard);
	memset(result, 0, sizeof(*result));
}
