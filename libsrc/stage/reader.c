/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/kept_rows.h"
#include "stage/manifest_digest.h"
#include "stage/reader.h"
#include "util/io.h"
#include "util/json.h"
#include "util/maxima.h"

struct reader {
	char *dir;
	int fd;    /* descriptor of the staging directory */
	int below; /* descriptor of the folder segments/ in the staging */
	struct cJSON *manifest;
	const char *schema;
	char digest[DIGEST_HEX];
	struct reader_segment *segments;
	struct segment_stamp *stamps; /* array with the stamp of each segment */
	/* Skip list, owned; NULL: no rows are skipped. */
	struct skip_list *skips;
	size_t n;
	uint64_t lines;
};

/* --- the manifest -------------------------------------------------------- */

/* True for "segments/" followed by a plain file name: printable ASCII without
 * slashes and without a leading dot. */
static bool
is_segment_name(const char *s)
{
	if (strncmp(s, SEGMENT_FILE_FOLDER, sizeof(SEGMENT_FILE_FOLDER) - 1) !=
	    0)
		return false;
	s += sizeof(SEGMENT_FILE_FOLDER) - 1;
	const size_t n = strlen(s);
	if (n == 0 || n > 200 || s[0] == '.')
		return false;
	for (; *s != '\0'; s++)
		if (*s == '/' || *s == '\\' || *s < ' ' || *s > '~')
			return false;
	return true;
}

static enum rc
read_segment(
    const struct cJSON *object, struct reader_segment *s, struct err *e)
{
	s->compressed = json_get(object, "lines_sha256") != NULL;
	enum rc rc = json_need_text(object, "name", &s->name, e);
	if (rc == RC_OK)
		rc = json_need_text(object, "sha256", &s->file_sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(object, "bytes", &s->file_bytes, e);
	if (rc == RC_OK)
		rc = json_need_text(object,
		    s->compressed ? "lines_sha256" : "sha256", &s->sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(object,
		    s->compressed ? "lines_bytes" : "bytes", &s->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(object, "lines", &s->lines, e);
	if (rc != RC_OK)
		return rc;
	const char *const content = json_text(object, "content");
	s->recovered = content != NULL && strcmp(content, "recovered") == 0;
	if (!is_segment_name(s->name) || !digest_is_hex(s->sha256) ||
	    !digest_is_hex(s->file_sha256))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the name or digest of a segment is not valid");
	return RC_OK;
}

static enum rc
read_segments(struct reader *r, struct err *e)
{
	const struct cJSON *const list = json_get(r->manifest, "segments");
	size_t n = 0;

	if (list == NULL)
		return err_set(
		    e, RC_FATAL, WHY_CORRUPT, "member \"segments\" is missing");
	for (const struct cJSON *v = json_first(list); v; v = json_next(v))
		n++;
	if (n > MAXIMUM_SEGMENTS)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "too many segments: %zu, the limit is %zu", n,
		    MAXIMUM_SEGMENTS);
	r->segments = calloc(n + 1, sizeof(*r->segments));
	r->stamps = calloc(n + 1, sizeof(*r->stamps));
	if (r->segments == NULL || r->stamps == NULL)
		return err_nomem(e);
	for (const struct cJSON *v = json_first(list); v; v = json_next(v)) {
		struct reader_segment *const s = &r->segments[r->n];
		const enum rc rc = read_segment(v, s, e);
		if (rc != RC_OK)
			return rc;
		r->lines += s->lines;
		r->n++;
		s->number = r->n;
	}
	return RC_OK;
}

/* Compare the record counts with the number of lines, to detect that a segment
 * was removed from the list. */
static enum rc
check_sum(const struct reader *r, struct err *e)
{
	const struct cJSON *const sum = json_get(r->manifest, "accounting");
	uint64_t emitted = 0;
	uint64_t recovered = 0;
	enum rc rc = json_need_u64(sum, "emitted", &emitted, e);

	if (rc == RC_OK && json_get(sum, "recovered") != NULL)
		rc = json_need_u64(sum, "recovered", &recovered, e);
	if (rc != RC_OK)
		return rc;
	if (emitted > r->lines || recovered != r->lines - emitted)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the record counts do not match the lines: %llu emitted "
		    "and %llu recovered records, but %llu lines in the "
		    "segments",
		    (unsigned long long)emitted, (unsigned long long)recovered,
		    (unsigned long long)r->lines);
	return RC_OK;
}

static bool
is_ours(const struct reader *r)
{
	const char *const tool =
	    json_text(json_get(r->manifest, "tool"), "name");

	return tool != NULL && strcmp(tool, "evtxstage") == 0;
}

static enum rc
parse_manifest(struct reader *r, const struct buf *text, struct err *e)
{
	enum rc rc = json_parse(buf_span(text), "it", &r->manifest, e);

	if (rc == RC_OK && !json_is_object(r->manifest))
		rc = err_set(
		    e, RC_FATAL, WHY_CORRUPT, "the JSON is not an object");
	/* The manifest of another program may have no digest. */
	if (rc == RC_OK &&
	    (is_ours(r) || json_get(r->manifest, "digest") != NULL))
		rc = manifest_digest_check(r->manifest, buf_span(text), e);
	if (rc == RC_OK)
		rc = manifest_digest_content(r->manifest, r->digest, e);
	if (rc == RC_OK)
		rc = json_need_text(r->manifest, "schema", &r->schema, e);
	if (rc == RC_OK)
		rc = read_segments(r, e);
	if (rc == RC_OK)
		rc = check_sum(r, e);
	return rc;
}

static enum rc
read_manifest(struct reader *r, struct err *e)
{
	char why[ERR_TEXT_MAX];
	struct buf text;
	struct stat st;

	if (fstatat(r->fd, "state", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is unfinished (it has state/): run the same evtxstage "
		    "command again",
		    r->dir);
	const int there =
	    fstatat(r->fd, "manifest.json", &st, AT_SYMLINK_NOFOLLOW);
	if (there == -1 && errno == ENOENT)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a finished staging directory (no "
		    "manifest.json): "
		    "run evtxstage first",
		    r->dir);
	if (there == -1)
		return err_sys(e, RC_FATAL, "open %s/manifest.json", r->dir);
	if (!S_ISREG(st.st_mode))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s/manifest.json is not a regular file", r->dir);
	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(r->fd, "manifest.json", &text, e);
	if (rc == RC_OK)
		rc = parse_manifest(r, &text, e);
	buf_reset(&text);
	if (rc == RC_OK)
		return RC_OK;
	memcpy(why, e->text, sizeof(why));
	return err_set(
	    e, e->rc, e->why, "%.200s/manifest.json: %.250s", r->dir, why);
}

/* --- open and close ------------------------------------------------------ */

static enum rc
open_folders(struct reader *r, const char *dir, struct err *e)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	r->dir = strdup(dir);
	if (r->dir == NULL)
		return err_nomem(e);
	r->fd = open(dir, how);
	if (r->fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a staging directory: %s", dir,
		    errno == ENOENT ? "it does not exist" : "it is a file");
	if (r->fd == -1)
		return err_sys(e, RC_FATAL, "open %s", dir);
	const enum rc rc = read_manifest(r, e);
	if (rc != RC_OK || r->n == 0)
		return rc;
	r->below = openat(r->fd, "segments", how | O_NOFOLLOW);
	if (r->below == -1)
		return err_sys(e, RC_FATAL, "open %s/segments", dir);
	return RC_OK;
}

enum rc
reader_open(const char *dir, struct reader **rp, struct err *e)
{
	struct reader *const r = calloc(1, sizeof(*r));

	*rp = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->fd = -1;
	r->below = -1;
	const enum rc rc = open_folders(r, dir, e);
	if (rc != RC_OK) {
		reader_close(r);
		return rc;
	}
	*rp = r;
	return RC_OK;
}

void
reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	if (r->below != -1)
		(void)close(r->below);
	if (r->fd != -1)
		(void)close(r->fd);
	skip_list_close(r->skips);
	free(r->segments);
	free(r->stamps);
	json_free(r->manifest);
	free(r->dir);
	free(r);
}

/* Exclude the segments for which is_wanted() returns false. Returns the number
 * of lines in them. */
static uint64_t
exclude(struct reader *r,
    bool (*is_wanted)(const void *arg, const struct reader_segment *s),
    const void *arg)
{
	const uint64_t before = r->lines;
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct reader_segment s = r->segments[i];
		if (is_wanted(arg, &s)) {
			r->stamps[kept] = r->stamps[i];
			r->segments[kept++] = s;
			continue;
		}
		r->lines -= s.lines;
	}
	r->n = kept;
	return before - r->lines;
}

static bool
is_not_recovered(const void *arg, const struct reader_segment *s)
{
	(void)arg;
	return !s->recovered;
}

uint64_t
reader_leave_recovered(struct reader *r)
{
	return exclude(r, is_not_recovered, NULL);
}

struct part {
	uint32_t part;
	uint32_t of;
};

static bool
is_of_part(const void *arg, const struct reader_segment *s)
{
	const struct part *const p = arg;
	uint8_t bytes[8];
	uint64_t first = 0;

	(void)digest_unhex(span_of(s->sha256, 2 * sizeof(bytes)), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++)
		first = first << 8 | bytes[i];
	return first % p->of == p->part;
}

void
reader_keep_part(struct reader *r, uint32_t part, uint32_t of)
{
	const struct part wanted = { part, of };

	(void)exclude(r, is_of_part, &wanted);
}

const char *
reader_dir(const struct reader *r)
{
	return r->dir;
}

const char *
reader_schema(const struct reader *r)
{
	return r->schema;
}

uint64_t
reader_key_version(const struct reader *r)
{
	/* Manifests of version 1 do not contain the version. */
	uint64_t version = is_ours(r) ? 1 : 0;
	struct err e;

	if (json_get(r->manifest, "key_version") != NULL &&
	    json_need_u64(r->manifest, "key_version", &version, &e) != RC_OK)
		version = 0;
	return version;
}

const char *
reader_digest(const struct reader *r)
{
	return r->digest;
}

bool
reader_grew_from(const struct reader *r, const char *digest)
{
	const struct cJSON *v = json_first(json_get(r->manifest, "earlier"));
	char room[32];

	for (; v != NULL; v = json_next(v)) {
		const char *const text = json_setting(v, room);
		if (text != NULL && strcmp(text, digest) == 0)
			return true;
	}
	return false;
}

const struct cJSON *
reader_manifest(const struct reader *r)
{
	return r->manifest;
}

int
reader_fd(const struct reader *r)
{
	return r->fd;
}

enum rc
reader_sidecar(const struct reader *r, const char *which,
    const struct scan_visit *visit, struct err *e)
{
	struct sidecar l;
	char text[ERR_TEXT_MAX];
	bool more = false;

	enum rc rc = sidecar_read(r->manifest, which, &l, e);
	if (rc == RC_OK)
		rc = sidecar_scan(r->fd, &l, visit, &more, e);
	if (rc == RC_OK && more)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: it has more than the %llu "
		    "bytes that the manifest says",
		    l.name, (unsigned long long)l.bytes);
	if (rc == RC_OK || e->why == WHY_MEMORY)
		return rc;
	memcpy(text, e->text, sizeof(text));
	return err_set(e, rc, e->why, "%.200s/%.300s", r->dir, text);
}

uint64_t
reader_lines(const struct reader *r)
{
	return r->lines;
}

size_t
reader_count(const struct reader *r)
{
	return r->n;
}

const struct reader_segment *
reader_segment(const struct reader *r, size_t i)
{
	return &r->segments[i];
}

/* --- skipped rows -------------------------------------------------------- */

enum rc
reader_skip(struct reader *r, struct skip_list *l, struct err *e)
{
	uint64_t next = 0;

	skip_list_close(r->skips);
	r->skips = l;
	for (size_t i = 0; i < r->n; i++) {
		struct reader_segment *const s = &r->segments[i];
		uint64_t first = 0;
		enum rc rc = skip_list_find(l, s->number, 0, &first, e);
		if (rc == RC_OK)
			rc = skip_list_find(l, s->number + 1, 0, &next, e);
		if (rc != RC_OK)
			return rc;
		s->skipped = next - first;
		if (s->skipped > s->lines)
			return err_set(e, RC_FATAL, WHY_TAMPERED,
			    "the skip list of %s has more rows in %s than the "
			    "segment has lines: run merge-check again",
			    r->dir, s->name);
	}
	return RC_OK;
}

void
reader_skip_none(struct reader *r, size_t i)
{
	r->segments[i].skipped = 0;
}

enum rc
reader_run(const struct reader *r, const struct reader_range *range,
    struct reader_range *run, struct err *e)
{
	const struct reader_segment *const s = &r->segments[range->segment];
	const struct kept_rows_range all = { s->number, range->offset,
		range->length };
	struct kept_rows_range kept;

	*run = *range;
	if (s->skipped == 0)
		return RC_OK;
	const enum rc rc = kept_rows_run(r->skips, &all, &kept, e);
	if (rc != RC_OK)
		return rc;
	run->offset = kept.offset;
	run->length = kept.length;
	return RC_OK;
}

enum rc
reader_row_bytes(const struct reader *r, const struct reader_range *range,
    uint64_t *bytes, struct err *e)
{
	const struct reader_segment *const s = &r->segments[range->segment];
	const struct kept_rows_range all = { s->number, range->offset,
		range->length };

	*bytes = range->length;
	return s->skipped == 0 ? RC_OK
			       : kept_rows_bytes(r->skips, &all, bytes, e);
}

enum rc
reader_stretch(
    const struct reader *r, struct reader_range *range, struct err *e)
{
	const struct reader_segment *const s = &r->segments[range->segment];
	struct kept_rows_range kept = { s->number, range->offset,
		range->length };

	if (s->skipped == 0)
		return RC_OK;
	const enum rc rc = kept_rows_stretch(r->skips, &kept, e);
	range->length = kept.length;
	return rc;
}

/* --- lines --------------------------------------------------------------- */

struct segment_file
reader_file(const struct reader *r, size_t i)
{
	return (struct segment_file){ r->below, r->dir, &r->segments[i],
		&r->stamps[i] };
}

enum rc
reader_scan(const struct reader *r, size_t i, const struct scan_visit *visit,
    struct err *e)
{
	const struct segment_file file = reader_file(r, i);
	const struct reader_segment *const s = &r->segments[i];
	struct kept_rows kept = { .visit = visit };
	const struct scan_visit filter = { kept_rows_line, &kept };

	if (s->skipped == 0)
		return segment_file_scan(&file, visit, e);
	enum rc rc = kept_rows_start(&kept, r->skips, s->number, e);
	if (rc == RC_OK)
		rc = segment_file_scan(&file, &filter, e);
	return rc == RC_OK ? kept_rows_end(&kept, e) : rc;
}

enum rc
reader_read(const struct reader *r, const struct reader_range *range,
    struct buf *out, struct err *e)
{
	const struct segment_file file = reader_file(r, range->segment);
	const uint64_t end = range->offset + range->length;
	struct reader_range rest = *range;
	struct segment_handle open = { .lines = { .fd = -1 } };
	struct reader_range run;

	enum rc rc = segment_file_open(&file, &open, e);
	while (rc == RC_OK && rest.offset < end) {
		rc = reader_run(r, &rest, &run, e);
		if (rc == RC_OK && run.length != 0)
			rc = segment_lines_read(
			    &open.lines, run.offset, run.length, out, e);
		rest.offset = run.offset + run.length;
		rest.length = rest.offset < end ? end - rest.offset : 0;
	}
	segment_file_close(&open);
	return rc;
}
