/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/verify_chunks.h"
#include "audit/verify_sidecar.h"
#include "audit/verify_staging.h"
#include "stage/check_segments.h"
#include "util/io.h"
#include "util/json.h"
#include "util/pages.h"

/* Maximum number of pages of source counts in memory (1 MB in all). */
#define CACHED_PAGES ((size_t)256)

/* The arguments of report_segment(). */
struct segment_report {
	const struct reader *reader;
	const struct finding_visit *visit;
};

static enum rc
report_segment(void *arg, size_t i, const struct err *result, struct err *e)
{
	const struct segment_report *const report = arg;
	const struct reader_segment *const s =
	    reader_segment(report->reader, i);
	struct finding_draft l =
	    finding_start(report->visit, FINDING_SEGMENT, s->name);

	l.item.bytes = s->bytes;
	l.err = *result;
	return finding_report(&l, result->rc, e);
}

static bool
is_segment(const struct reader *r, const char *name)
{
	size_t i = 0;

	while (i < reader_count(r) &&
	       strcmp(strrchr(reader_segment(r, i)->name, '/') + 1, name) != 0)
		i++;
	return i < reader_count(r);
}

/* Report the files in segments/ that the manifest does not list. */
static enum rc
find_unlisted_files(
    const struct reader *r, const struct finding_visit *visit, struct err *e)
{
	const int fd = openat(reader_fd(r), "segments",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *const dir = fd == -1 ? NULL : fdopendir(fd);
	enum rc rc = RC_OK;
	const char *name;

	if (dir == NULL) {
		if (fd != -1)
			(void)close(fd);
		return fd == -1 && errno == ENOENT && reader_count(r) == 0
			   ? RC_OK
			   : err_sys(e, RC_FATAL, "list %s/segments",
				 reader_dir(r));
	}
	while (rc == RC_OK &&
	       (rc = io_next_name(dir, "segments", &name, e)) == RC_OK) {
		if (name[0] == '.' || is_segment(r, name))
			continue;
		struct finding_draft l =
		    finding_start(visit, FINDING_SEGMENT, name);
		rc = finding_report(&l,
		    err_set(&l.err, RC_FATAL, WHY_TAMPERED,
			"%s/segments/%s is not in the manifest", reader_dir(r),
			name),
		    e);
	}
	(void)closedir(dir);
	return rc == RC_END ? RC_OK : rc;
}

/* Compare the file of a long value with its entry in the manifest. */
static enum rc
verify_long_value(
    const struct reader *r, struct finding_draft *l, const struct cJSON *entry)
{
	struct err *const e = &l->err;
	struct scan_sum sum = { .bytes = 0 };
	const char *sha256 = "";
	uint64_t bytes = 0;

	/* O_NONBLOCK: a FIFO in place of the file must not block open(). */
	const int fd = openat(reader_fd(r), l->item.name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return err_sys(
		    e, RC_FATAL, "open %s/%s", reader_dir(r), l->item.name);
	enum rc rc = scan_lines(fd, l->item.name, NULL, &sum, e);
	(void)close(fd);
	l->item.bytes = sum.bytes;
	if (rc == RC_OK)
		rc = json_need_text(entry, "sha256", &sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(entry, "bytes", &bytes, e);
	if (rc == RC_OK &&
	    (sum.bytes != bytes || strcmp(sum.sha256, sha256) != 0))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: its SHA-256 is %s, the "
		    "manifest says %.64s",
		    l->item.name, sum.sha256, sha256);
	return rc;
}

static enum rc
verify_long_values(
    const struct reader *r, const struct finding_visit *visit, struct err *e)
{
	const struct cJSON *const list = json_get(reader_manifest(r), "fields");
	enum rc rc = RC_OK;
	char name[sizeof("fields/") + DIGEST_HEX];

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		const char *const sha256 = json_text(v, "sha256");
		const bool valid =
		    sha256 != NULL && strchr(sha256, '/') == NULL;
		struct finding_draft l =
		    finding_start(visit, FINDING_FIELD, name);
		(void)snprintf(
		    name, sizeof(name), "fields/%.64s", valid ? sha256 : "");
		rc = finding_report(&l, verify_long_value(r, &l, v), e);
	}
	return rc;
}

enum rc
verify_staging(const struct reader *r, unsigned threads,
    struct scratch *scratch, const struct finding_visit *visit, struct err *e)
{
	const struct pages_options o = {
		.dirfd = -1, .scratch = scratch, .cached = CACHED_PAGES
	};
	struct verify_sources sources = { .n = 0 };
	struct segment_report report = { r, visit };
	const struct check_segments_visit segments = { report_segment,
		&report };

	enum rc rc = check_segments(r, threads, &segments, e);
	if (rc == RC_OK)
		rc = find_unlisted_files(r, visit, e);
	if (rc == RC_OK)
		rc = verify_sidecar_digest(
		    r, FINDING_LOGS, SIDECAR_LOGS, visit, e);
	if (rc == RC_OK)
		rc = verify_sidecar_digest(
		    r, FINDING_DAMAGE, SIDECAR_DAMAGE, visit, e);
	if (rc == RC_OK)
		rc = verify_long_values(r, visit, e);
	if (rc == RC_OK)
		rc = pages_create(&sources.pages, &o, e);
	if (rc == RC_OK)
		rc = verify_sources(r, visit, &sources, e);
	if (rc == RC_OK)
		rc = verify_chunks(r, visit, &sources, e);
	pages_destroy(sources.pages);
	return rc;
}
