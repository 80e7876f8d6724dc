/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/rerun.h"
#include "convert/source.h"
#include "input/source_name.h"
#include "stage/account_json.h"
#include "stage/manifest_digest.h"
#include "stage/staging_dir.h"
#include "stage/writer.h"
#include "util/io.h"
#include "util/json.h"
#include "util/sorter.h"

#define MANIFEST "manifest.json"
/* Maximum number of differences in a message. */
#define DETAILS_MAX ((size_t)3)
#define NAME_SHOWN ((size_t)55)
#define DETAIL_ROOM ((size_t)100)

/* To find the log that differs, logs of the same size are digested. This is the
 * number of bytes after which that stops. */
#define READ_MAX (UINT64_C(1) << 30)

/* --- what differs --------------------------------------------------------- */

/* The differences between the existing staging and this run. */
struct details {
	/* Descriptions of the first DETAILS_MAX differences */
	char text[DETAILS_MAX * DETAIL_ROOM];
	size_t n; /* number of all differences, described or not */
	/* Inputs of this run, in the order of names. */
	struct sorter_reader *list;
	struct walk_entry
	    now;       /* input with which the next source is compared */
	bool end;      /* all inputs of the list were compared */
	uint64_t read; /* number of bytes digested to find differences */
	/* Thread that digests inputs; NULL until the first is digested. */
	struct digest_thread *sum;
};

static void __attribute__((format(printf, 2, 3)))
add_detail(struct details *d, const char *fmt, ...)
{
	const size_t at = strlen(d->text);
	va_list args;

	if (d->n++ >= DETAILS_MAX)
		return;
	(void)snprintf(
	    d->text + at, sizeof(d->text) - at, "%s", at == 0 ? "" : "; ");
	const size_t from = strlen(d->text);
	va_start(args, fmt);
	(void)vsnprintf(d->text + from, sizeof(d->text) - from, fmt, args);
	va_end(args);
}

static void
compare_members(struct details *d, const struct cJSON *then,
    const struct cJSON *now, bool both)
{
	for (const struct cJSON *v = json_first(both ? then : now); v != NULL;
	     v = json_next(v)) {
		const char *const x = json_text(then, json_name(v));
		const char *const y = json_text(now, json_name(v));
		if (both ? x != NULL && y != NULL && strcmp(x, y) == 0
			 : x != NULL)
			continue;
		add_detail(d, "%s was %.30s, now it is %.30s", json_name(v),
		    x == NULL ? "not given" : x, y == NULL ? "not given" : y);
	}
}

static enum rc
compare_options(struct details *d, const struct cJSON *then,
    const struct manifest *m, struct err *e)
{
	struct cJSON *const now = manifest_head(m);
	const struct cJSON *const options = json_get(now, "options");
	uint64_t version = 0;

	if (!json_whole(now)) {
		json_free(now);
		return err_nomem(e);
	}
	compare_members(d, json_get(then, "options"), options, true);
	compare_members(d, json_get(then, "options"), options, false);
	json_free(now);
	/* An event set with the same name may be from another file. */
	const char *const set =
	    json_text(json_get(then, "event_set"), "sha256");
	if (d->n == 0 && (set == NULL || strcmp(set, m->set_sha256) != 0))
		add_detail(d, "the event set %.50s has changed", m->set_name);
	const enum rc rc = json_need_u64(then, "key_version", &version, e);
	if (rc == RC_OK && version != m->key_version)
		add_detail(d, "key_version was %llu, now it is %llu",
		    (unsigned long long)version,
		    (unsigned long long)m->key_version);
	return rc;
}

/* The last characters of a long name, because names of logs differ there. */
static const char *
short_name(const char *name)
{
	const size_t n = strlen(name);

	return n <= NAME_SHOWN ? name : name + n - NAME_SHOWN;
}

/* Compare the bytes of an input with a source of the same size. */
static enum rc
compare_bytes(struct details *d, const struct walk_entry *w,
    const struct source_entry *s, struct err *e)
{
	char now[DIGEST_HEX];

	if (s->sha256[0] == '\0' || d->read > READ_MAX || d->n >= DETAILS_MAX)
		return RC_OK;
	if (d->sum == NULL && digest_thread_create(&d->sum, NULL, e) != RC_OK)
		return e->rc;
	d->read += w->bytes;
	const enum rc rc = source_digest(w->path, d->sum, now, e);
	if (rc == RC_SKIP)
		add_detail(d, "%s cannot be read", short_name(s->name));
	else if (rc == RC_OK && strcmp(now, s->sha256) != 0)
		add_detail(
		    d, "%s has other bytes (SHA-256)", short_name(s->name));
	return rc == RC_FATAL ? rc : RC_OK;
}

static enum rc
next_input(struct details *d, struct err *e)
{
	const enum rc rc = walk_next_entry(d->list, &d->now, e);

	d->end = rc == RC_END;
	return d->end ? RC_OK : rc;
}

/* Advance d->now to the input with this name; *found is false if there is none.
 * Inputs that are skipped have no source, so they are new. */
static enum rc
find_input(struct details *d, const char *name, bool *found, struct err *e)
{
	enum rc rc = RC_OK;

	*found = false;
	while (rc == RC_OK && !d->end) {
		char *const its = source_name_make(NULL, d->now.path);
		const int order = its == NULL ? 1 : strcmp(its, name);
		if (order < 0 && d->now.log)
			add_detail(d, "%s is new", short_name(its));
		free(its);
		*found = order == 0;
		if (order >= 0)
			return RC_OK;
		rc = next_input(d, e);
	}
	return rc;
}

/* Compare a source with its input, unless it is from an archive. Sources and
 * inputs are in the order of names. */
static enum rc
compare_source(void *arg, const struct scan_line *line, struct err *e)
{
	struct details *const d = arg;
	const struct walk_entry *const w = &d->now;
	struct cJSON *o = NULL;
	struct source_entry s;
	bool found = false;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &s, e);
	if (rc != RC_OK || s.archive_sha256[0] != '\0')
		goto out;
	rc = find_input(d, s.name, &found, e);
	if (rc != RC_OK || !found) {
		add_detail(d, "%s is missing", short_name(s.name));
		goto out;
	}
	if (w->why == NULL && w->bytes != s.bytes)
		add_detail(d, "%s has %llu bytes, had %llu", short_name(s.name),
		    (unsigned long long)w->bytes, (unsigned long long)s.bytes);
	else if (w->why == NULL)
		rc = compare_bytes(d, w, &s, e);
	if (rc == RC_OK)
		rc = next_input(d, e);
out:
	json_free(o);
	return rc;
}

static enum rc
compare_inputs(struct details *d, int dirfd, const struct cJSON *then,
    const struct walk *now, struct err *e)
{
	const struct scan_visit visit = { compare_source, d };
	struct sidecar sources;

	enum rc rc = sidecar_read(then, SIDECAR_SOURCES, &sources, e);
	if (rc == RC_OK)
		rc = walk_read(&d->list, now, e);
	if (rc == RC_OK)
		rc = next_input(d, e);
	if (rc == RC_OK)
		rc = sidecar_scan(dirfd, &sources, &visit, NULL, e);
	while (rc == RC_OK && !d->end) {
		if (d->now.log)
			add_detail(d, "%s is new", short_name(d->now.path));
		rc = next_input(d, e);
	}
	sorter_reader_destroy(d->list);
	d->list = NULL;
	digest_thread_destroy(d->sum);
	d->sum = NULL;
	if (rc == RC_OK && d->n == 0)
		add_detail(d, "an archive, or an input that cannot be read, "
			      "differs");
	return rc;
}

static enum rc
refuse(const char *dir, const struct details *d, struct err *e)
{
	const size_t more = d->n > DETAILS_MAX ? d->n - DETAILS_MAX : 0;
	char others[40] = "";

	if (more != 0)
		(void)snprintf(others, sizeof(others), "; and %zu more", more);
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "%s holds another staging (--force replaces it, --append adds to "
	    "it; or choose another directory): %s%s",
	    dir, d->text, others);
}

/* --- a staging of the same inputs ----------------------------------------- */

/* Set the counts of m to those of the existing manifest. */
static enum rc
read_counts(struct manifest *m, const struct cJSON *then, struct err *e)
{
	struct sidecar sources;

	enum rc rc = sidecar_read(then, SIDECAR_SOURCES, &sources, e);
	if (rc != RC_OK)
		return rc;
	m->counts.sources = sources.lines;
	rc = json_need_u64(then, "sources_bad", &m->counts.bad, e);
	if (rc == RC_OK)
		rc = json_need_u64(
		    then, "sources_duplicate", &m->counts.copies, e);
	for (const struct cJSON *v = json_first(json_get(then, "segments"));
	     v != NULL; v = json_next(v))
		m->n_segments++;
	return rc == RC_OK ? account_json_read(json_get(then, "accounting"),
				 m->reasons, &m->account, e)
			   : rc;
}

static const char *
inputs_of(const struct cJSON *then, const char *which)
{
	const char *const sha256 = json_text(json_get(then, "run"), which);

	return sha256 == NULL ? "" : sha256;
}

/* Find out if the inputs of this run have the digest that the manifest says. */
static enum rc
compare_digest(
    const struct rerun_inputs *now, const char *then, bool *same, struct err *e)
{
	enum rc rc = RC_OK;

	*same = false;
	if (now->digest != NULL)
		rc = inputs_digest_end(now->digest, now->sha256, e);
	if (rc == RC_OK && now->digest != NULL)
		*same = strcmp(then, now->sha256) == 0;
	return rc;
}

/* Read the existing manifest. RC_END if it is missing or damaged. */
static enum rc
read_manifest(int dirfd, struct cJSON **then, struct err *e)
{
	struct buf text;

	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(dirfd, MANIFEST, &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), MANIFEST, then, e);
	if (rc == RC_OK)
		rc = manifest_digest_check(*then, buf_span(&text), e);
	buf_reset(&text);
	return rc == RC_OK || e->why == WHY_MEMORY ? rc : RC_END;
}

static enum rc
compare(const char *dir, int dirfd, const struct rerun_inputs *now,
    struct manifest *m, struct err *e)
{
	struct details d = { .n = 0 };
	struct cJSON *then = NULL;
	bool same = false;

	enum rc rc = read_manifest(dirfd, &then, e);
	if (rc == RC_OK && inputs_of(then, RERUN_INPUTS)[0] == '\0')
		rc = RC_END;
	if (rc == RC_OK)
		rc = compare_options(&d, then, m, e);
	if (rc == RC_OK && d.n == 0)
		rc = compare_digest(
		    now, inputs_of(then, RERUN_INPUTS), &same, e);
	if (rc == RC_OK && same) {
		rc = read_counts(m, then, e);
	} else if (rc == RC_OK) {
		if (d.n == 0)
			rc = compare_inputs(&d, dirfd, then, now->walk, e);
		rc = rc == RC_OK ? refuse(dir, &d, e) : rc;
	}
	json_free(then);
	return rc;
}

enum rc
rerun_check(const char *dir, const struct rerun_inputs *now, struct manifest *m,
    struct err *e)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return RC_END;
	/* An unfinished staging has a folder state/. */
	const bool finished = faccessat(fd, MANIFEST, F_OK, 0) == 0 &&
			      faccessat(fd, "state", F_OK, 0) == -1;
	const enum rc rc = finished ? compare(dir, fd, now, m, e) : RC_END;
	(void)close(fd);
	return rc;
}

/* --- a staging to which the same inputs were added ------------------------ */

static enum rc
compare_added(int dirfd, const struct rerun_inputs *now, struct manifest *m,
    struct err *e)
{
	struct details d = { .n = 0 };
	struct cJSON *then = NULL;
	bool same = false;

	enum rc rc = read_manifest(dirfd, &then, e);
	if (rc == RC_OK)
		rc =
		    compare_digest(now, inputs_of(then, RERUN_ADDED), &same, e);
	if (rc == RC_OK && !same)
		rc = RC_END;
	if (rc == RC_OK)
		rc = compare_options(&d, then, m, e);
	if (rc == RC_OK)
		rc = d.n == 0 ? read_counts(m, then, e) : RC_END;
	const char *const bad =
	    json_text(json_get(then, "run"), RERUN_ADDED_BAD);
	const uint64_t added = bad == NULL ? 0 : strtoull(bad, NULL, 10);
	if (rc == RC_OK && added <= m->counts.bad) {
		m->base_counts.bad = m->counts.bad - added;
		m->counts.bad = added;
	}
	json_free(then);
	return rc;
}

enum rc
rerun_check_added(const char *dir, const struct rerun_inputs *now,
    struct manifest *m, struct err *e)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return RC_END;
	/* The checkpoint is removed before the manifest is published. */
	const bool ended =
	    now->digest != NULL && faccessat(fd, MANIFEST, F_OK, 0) == 0 &&
	    faccessat(fd, "state", F_OK, 0) == 0 &&
	    faccessat(fd, "state/" STAGING_DIR_CHECKPOINT, F_OK, 0) == -1;
	enum rc rc = ended ? compare_added(fd, now, m, e) : RC_END;
	(void)close(fd);
	return rc == RC_OK ? writer_finish(dir, e) : rc;
}
