/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stage/account_json.h"
#include "stage/base_manifest.h"
#include "stage/manifest_digest.h"
#include "stage/segment_lines.h"
#include "stage/staging_dir.h"
#include "util/io.h"
#include "util/json.h"

/* --- options -------------------------------------------------------------- */

static enum rc
report_difference(
    const char *what, const char *then, const char *now, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "--append: the staging directory was made with %s \"%.100s\", this "
	    "run has \"%.100s\": use the same value, or choose another "
	    "directory",
	    what, then == NULL ? "not given" : then,
	    now == NULL ? "not given" : now);
}

/* True for options in which the runs may differ. Limits of archives do not
 * change what was read, and the manifest says of each segment if it is
 * compressed. */
static bool
may_differ(const char *option)
{
	return strncmp(option, "max_", 4) == 0 ||
	       strcmp(option, "compress") == 0;
}

/* Compare the strings in the object `part` of both manifests. */
static enum rc
compare_texts(const struct cJSON *then, const struct cJSON *now,
    const char *part, struct err *e)
{
	const struct cJSON *const both[2] = { json_get(then, part),
		json_get(now, part) };

	for (int i = 0; i < 2; i++) {
		for (const struct cJSON *v = json_first(both[i]); v != NULL;
		     v = json_next(v)) {
			const char *const name = json_name(v);
			const char *const x = json_text(both[0], name);
			const char *const y = json_text(both[1], name);
			if (!may_differ(name) &&
			    (x == NULL || y == NULL || strcmp(x, y) != 0))
				return report_difference(name, x, y, e);
		}
	}
	return RC_OK;
}

static enum rc
check_options(const struct manifest *m, struct err *e)
{
	static const char *const parts[] = { "tool", "options", "event_set" };
	const char *const schema = json_text(m->base, "schema");
	/* Manifests with RecordKeys of version 1 do not contain the version. */
	uint64_t key_version = 1;
	char text[2][24];

	if (schema == NULL || strcmp(schema, m->schema) != 0)
		return report_difference("schema", schema, m->schema, e);
	/* With RecordKeys of another version, duplicates are not found. */
	if (json_get(m->base, "key_version") != NULL &&
	    json_need_u64(m->base, "key_version", &key_version, e) != RC_OK)
		return e->rc;
	if (key_version != m->key_version) {
		(void)snprintf(text[0], sizeof(text[0]), "%llu",
		    (unsigned long long)key_version);
		(void)snprintf(text[1], sizeof(text[1]), "%llu",
		    (unsigned long long)m->key_version);
		return report_difference("key_version", text[0], text[1], e);
	}
	struct cJSON *const now = manifest_head(m);
	enum rc rc = json_whole(now) ? RC_OK : err_nomem(e);
	for (size_t i = 0; rc == RC_OK && i < sizeof(parts) / sizeof(*parts);
	     i++)
		rc = compare_texts(m->base, now, parts[i], e);
	json_free(now);
	return rc;
}

/* --- content -------------------------------------------------------------- */

static enum rc
read_digest(const struct cJSON *o, const char *member, char to[DIGEST_HEX],
    struct err *e)
{
	const char *text = "";
	const enum rc rc = json_need_text(o, member, &text, e);

	if (rc != RC_OK)
		return rc;
	if (!digest_is_hex(text))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "\"%.80s\" is not a digest", text);
	memcpy(to, text, DIGEST_HEX);
	return RC_OK;
}

static enum rc
read_segment(struct manifest *list, const struct cJSON *o, struct err *e)
{
	static const char *const contents[] = { "borrowed", "recovered" };
	struct manifest_segment *const s = manifest_add_segment(list);
	const char *const content = json_text(o, "content");
	const char *name = "";

	if (s == NULL)
		return err_nomem(e);
	s->compressed = json_get(o, "lines_sha256") != NULL;
	manifest_name_segment(s->name, list->n_segments, s->compressed);
	enum rc rc = json_need_text(o, "name", &name, e);
	if (rc == RC_OK && strcmp(name, s->name) != 0)
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the name of a segment is not valid: expected %s, found "
		    "%.60s",
		    s->name, name);
	if (rc == RC_OK)
		rc = read_digest(o, "sha256", s->sha256, e);
	if (rc == RC_OK)
		rc = read_digest(o, s->compressed ? "lines_sha256" : "sha256",
		    s->lines_sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &s->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, s->compressed ? "lines_bytes" : "bytes",
		    &s->lines_bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "lines", &s->lines, e);
	for (size_t i = 0;
	     content != NULL && i < sizeof(contents) / sizeof(*contents); i++)
		if (strcmp(contents[i], content) == 0)
			s->content = contents[i];
	return rc;
}

static enum rc
read_counts(struct manifest *m, struct err *e)
{
	const struct {
		const char *name;
		uint64_t *to;
		bool optional;
	} counts[] = {
		{ "sources_bad", &m->base_counts.bad, false },
		{ "sources_duplicate", &m->base_counts.copies, false },
		{ "passed_over", &m->passed_over, true },
		{ "passed_over_unseen", &m->unseen, true },
		{ "left_out", &m->left_out, true },
	};
	enum rc rc = account_json_read(
	    json_get(m->base, "accounting"), m->reasons, &m->account, e);

	for (size_t i = 0; rc == RC_OK && i < sizeof(counts) / sizeof(*counts);
	     i++) {
		if (!counts[i].optional ||
		    json_get(m->base, counts[i].name) != NULL)
			rc = json_need_u64(
			    m->base, counts[i].name, counts[i].to, e);
	}
	return rc;
}

/* Verify logs.ndjson and visit its lines. If a run was killed before it wrote
 * its manifest, the logs.ndjson of the old manifest may be in state/; it is
 * moved back. */
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

static enum rc
read_content(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e)
{
	const struct {
		const char *which;
		struct sidecar *to;
	} sidecars[] = {
		{ SIDECAR_SOURCES, &list->sources },
		{ SIDECAR_LOGS, &list->logs },
		{ SIDECAR_CHUNKS, &list->chunks },
		{ SIDECAR_DAMAGE, &list->damage },
	};
	const struct cJSON *v = json_first(json_get(m->base, "segments"));
	enum rc rc = read_counts(m, e);

	for (; rc == RC_OK && v != NULL; v = json_next(v))
		rc = read_segment(list, v, e);
	for (size_t i = 0;
	     rc == RC_OK && i < sizeof(sidecars) / sizeof(*sidecars); i++)
		rc =
		    sidecar_read(m->base, sidecars[i].which, sidecars[i].to, e);
	m->base_counts.sources = list->sources.lines;
	return rc == RC_OK && logs != NULL
		   ? read_logs(dirfd, &list->logs, logs, e)
		   : rc;
}

enum rc
base_manifest_read(int dirfd, struct manifest *m, struct manifest *list,
    const struct scan_visit *logs, struct err *e)
{
	char why[ERR_TEXT_MAX];
	struct buf text;

	if (faccessat(dirfd, "manifest.json", F_OK, AT_SYMLINK_NOFOLLOW) ==
	    -1) {
		if (errno != ENOENT)
			return err_sys(
			    e, RC_FATAL, "--append: stat manifest.json");
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--append needs a finished staging directory, and this one "
		    "has no manifest.json: run without --append");
	}
	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(dirfd, "manifest.json", &text, e);
	if (rc == RC_OK)
		rc = json_parse(buf_span(&text), "manifest.json", &m->base, e);
	if (rc == RC_OK)
		rc = manifest_digest_check(m->base, buf_span(&text), e);
	buf_reset(&text);
	if (rc == RC_OK)
		rc = check_options(m, e);
	if (rc == RC_OK)
		rc = manifest_digest_content(m->base, m->base_content, e);
	if (rc == RC_OK)
		rc = read_content(dirfd, m, list, logs, e);
	if (rc == RC_OK || e->why == WHY_EXISTS)
		return rc;
	memcpy(why, e->text, sizeof(why));
	return err_set(
	    e, e->rc, e->why, "--append: manifest.json: %.400s", why);
}

const char *
base_manifest_digest(const struct manifest *m)
{
	const char *const digest =
	    m->base == NULL ? NULL : json_text(m->base, "digest");

	return digest == NULL ? "" : digest;
}

/* --- lines ---------------------------------------------------------------- */

enum rc
base_manifest_lines(int dirfd, const struct manifest_segment *segment,
    const struct scan_visit *visit, struct err *e)
{
	const struct segment_lines file = {
		.fd = openat(dirfd, segment->name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
		.name = segment->name,
		.compressed = segment->compressed,
		.sha256 = segment->sha256,
		.bytes = segment->bytes,
		.lines_sha256 = segment->lines_sha256,
		.lines_bytes = segment->lines_bytes,
		.lines = segment->lines,
	};

	if (file.fd == -1)
		return err_sys(e, RC_FATAL, "open %s", segment->name);
	const enum rc rc = segment_lines_scan(&file, visit, e);
	(void)close(file.fd);
	return rc;
}
