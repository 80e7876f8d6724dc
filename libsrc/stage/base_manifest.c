/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stage/account_json.h"
#include "stage/base_manifest.h"
#include "stage/manifest_digest.h"
#include "stage/staging_dir.h"
#include "util/io.h"
#include "util/json.h"
#include "util/num.h"

/* --- the same options ----------------------------------------------------- */

static enum rc
differs(const char *what, const char *then, const char *now, struct err *e)
{
	const char *const t = then == NULL ? "not given" : then;
	const char *const n = now == NULL ? "not given" : now;

	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "--append: the staging directory was made with %s \"%.100s\", now "
	    "it is \"%.100s\": give it as it was, or choose another directory",
	    what, t, n);
}

/* What archives may unpack to plays no part for what was read. */
static bool
is_limit(const char *name)
{
	return strncmp(name, "max_", 4) == 0;
}

/* Whether the members of `of`, which is one of both, are the same in both. */
static enum rc
same_members(const struct cJSON *of, const struct cJSON *then,
    const struct cJSON *now, struct err *e)
{
	for (const struct cJSON *v = json_first(of); v != NULL;
	     v = json_next(v)) {
		const char *const x = json_text(then, json_name(v));
		const char *const y = json_text(now, json_name(v));
		if (is_limit(json_name(v)))
			continue;
		if (x == NULL || y == NULL || strcmp(x, y) != 0)
			return differs(json_name(v), x, y, e);
	}
	return RC_OK;
}

static enum rc
same_texts(const struct cJSON *then, const struct cJSON *now, const char *part,
    struct err *e)
{
	const struct cJSON *const a = json_get(then, part);
	const struct cJSON *const b = json_get(now, part);
	const enum rc rc = same_members(a, a, b, e);

	return rc == RC_OK ? same_members(b, a, b, e) : rc;
}

/* Keys of another version would not find the copies among the lines. */
static enum rc
check_key_version(const struct manifest *m, struct err *e)
{
	uint64_t then = 1;
	char text[2][NUM_DEC_MAX + 1];

	/* The first version did not say so. */
	if (json_get(m->base, "key_version") != NULL &&
	    json_need_u64(m->base, "key_version", &then, e) != RC_OK)
		return e->rc;
	if (then == m->key_version)
		return RC_OK;
	*num_u64((uint8_t *)text[0], then) = '\0';
	*num_u64((uint8_t *)text[1], m->key_version) = '\0';
	return differs("key_version", text[0], text[1], e);
}

static enum rc
check_options(const struct manifest *m, struct err *e)
{
	static const char *const parts[] = { "tool", "options", "event_set" };
	struct cJSON *const now = manifest_head(m);
	const char *const schema = json_text(m->base, "schema");
	enum rc rc = json_whole(now) ? RC_OK : err_nomem(e);

	if (rc == RC_OK && (schema == NULL || strcmp(schema, m->schema) != 0))
		rc = differs("schema", schema, m->schema, e);
	if (rc == RC_OK)
		rc = check_key_version(m, e);
	for (size_t i = 0; rc == RC_OK && i < sizeof(parts) / sizeof(*parts);
	     i++)
		rc = same_texts(m->base, now, parts[i], e);
	json_free(now);
	return rc;
}

/* --- segments ------------------------------------------------------------- */

/* A constant with the text. */
static const char *
content_of(const char *text)
{
	static const char *const known[] = { "borrowed", "recovered" };

	for (size_t i = 0; text != NULL && i < sizeof(known) / sizeof(*known);
	     i++) {
		if (strcmp(known[i], text) == 0)
			return known[i];
	}
	return NULL;
}

static enum rc
read_segment(struct manifest *list, const struct cJSON *o, struct err *e)
{
	struct manifest_segment *const s = manifest_add_segment(list);
	char want[MANIFEST_SEGMENT_NAME];
	const char *name;
	const char *sha256;

	if (s == NULL)
		return err_nomem(e);
	manifest_name_segment(want, list->n_segments);
	enum rc rc = json_need_text(o, "name", &name, e);
	if (rc == RC_OK && strcmp(name, want) != 0)
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "it names the segment %.60s, where evtxstage writes %s",
		    name, want);
	memcpy(s->name, want, sizeof(want));
	if (rc == RC_OK)
		rc = json_need_text(o, "sha256", &sha256, e);
	if (rc == RC_OK && !digest_is_hex(sha256))
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "\"%.80s\" is not a digest", sha256);
	if (rc == RC_OK)
		memcpy(s->sha256, sha256, DIGEST_HEX);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &s->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "lines", &s->lines, e);
	s->content = content_of(json_text(o, "content"));
	return rc;
}

/* --- logs ----------------------------------------------------------------- */

/* A run that was killed before its manifest was written may have left the logs
 * of the manifest in state/. */
static enum rc
read_logs(int dirfd, const struct sidecar *logs, const struct scan_visit *visit,
    struct err *e)
{
	enum rc rc = sidecar_scan(dirfd, logs, NULL, NULL, e);
	if (rc != RC_OK && e->why == WHY_TAMPERED &&
	    renameat(dirfd, "state/" STAGING_DIR_LOGS_BEFORE, dirfd,
		STAGING_DIR_LOGS) == 0)
		rc = sidecar_scan(dirfd, logs, NULL, NULL, e);
	return rc == RC_OK ? sidecar_scan(dirfd, logs, visit, NULL, e) : rc;
}

/* What is not there is 0. */
static enum rc
read_passed(struct manifest *m, struct err *e)
{
	const struct {
		const char *name;
		uint64_t *to;
	} counts[] = {
		{ "passed_over", &m->passed_over },
		{ "passed_over_unseen", &m->unseen },
		{ "left_out", &m->left_out },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(counts) / sizeof(*counts);
	     i++) {
		if (json_get(m->base, counts[i].name) != NULL)
			rc = json_need_u64(
			    m->base, counts[i].name, counts[i].to, e);
	}
	return rc;
}

static enum rc
read_counts(struct manifest *m, struct err *e)
{
	struct manifest_counts *const c = &m->base_counts;

	enum rc rc = json_need_u64(m->base, "sources_bad", &c->bad, e);
	if (rc == RC_OK)
		rc = json_need_u64(m->base, "sources_duplicate", &c->copies, e);
	return rc == RC_OK ? account_json_read(json_get(m->base, "accounting"),
				 m->reasons, &m->account, e)
			   : rc;
}

static enum rc
read_lists(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e)
{
	const struct cJSON *v = json_first(json_get(m->base, "segments"));
	enum rc rc = read_counts(m, e);

	for (; rc == RC_OK && v != NULL; v = json_next(v))
		rc = read_segment(list, v, e);
	if (rc == RC_OK)
		rc = read_passed(m, e);
	if (rc == RC_OK)
		rc = sidecar_read(m->base, SIDECAR_SOURCES, &list->sources, e);
	if (rc == RC_OK)
		rc = sidecar_read(m->base, SIDECAR_LOGS, &list->logs, e);
	if (rc == RC_OK)
		rc = sidecar_read(m->base, SIDECAR_CHUNKS, &list->chunks, e);
	if (rc == RC_OK)
		rc = sidecar_read(m->base, SIDECAR_DAMAGE, &list->damage, e);
	m->base_counts.sources = list->sources.lines;
	return rc == RC_OK && logs != NULL
		   ? read_logs(dirfd, &list->logs, logs, e)
		   : rc;
}

/* The same failure with the file's name before it. */
static enum rc
in_manifest(struct err *e)
{
	char text[ERR_TEXT_MAX];

	memcpy(text, e->text, sizeof(text));
	return err_set(
	    e, e->rc, e->why, "--append: manifest.json: %.400s", text);
}

static enum rc
parse(struct span text, struct manifest *m, struct err *e)
{
	enum rc rc = json_parse(text, "manifest.json", &m->base, e);

	if (rc == RC_OK)
		rc = manifest_digest_check(m->base, text, e);
	if (rc == RC_OK)
		rc = check_options(m, e);
	if (rc == RC_OK)
		rc = manifest_digest_content(m->base, m->base_content, e);
	return rc;
}

enum rc
base_manifest_read(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e)
{
	struct buf text;

	const bool there =
	    faccessat(dirfd, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there && errno != ENOENT)
		return err_sys(e, RC_FATAL, "--append: look for manifest.json");
	if (!there)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--append adds to a finished staging directory, and this "
		    "one has no manifest.json: run without it");
	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(dirfd, "manifest.json", &text, e);
	if (rc == RC_OK)
		rc = parse(buf_span(&text), m, e);
	buf_reset(&text);
	if (rc == RC_OK)
		rc = read_lists(dirfd, m, list, logs, e);
	return rc == RC_OK || e->why == WHY_EXISTS ? rc : in_manifest(e);
}

const char *
base_manifest_digest(const struct manifest *m)
{
	const char *const digest =
	    m->base == NULL ? NULL : json_text(m->base, "digest");

	return digest == NULL ? "" : digest;
}

/* --- their lines ---------------------------------------------------------- */

enum rc
base_manifest_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e)
{
	struct scan_sum sum;

	const int fd = openat(dirfd, segment->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", segment->name);
	const enum rc rc = scan_lines(fd, segment->name, visit, &sum, e);
	(void)close(fd);
	if (rc == RC_OK && strcmp(sum.sha256, segment->sha256) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: its SHA-256 is %s, the "
		    "manifest says %s",
		    segment->name, sum.sha256, segment->sha256);
	return rc;
}
