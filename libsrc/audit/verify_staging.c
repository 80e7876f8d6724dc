/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/verify_chunks.h"
#include "audit/verify_sidecar.h"
#include "audit/verify_staging.h"
#include "util/io.h"
#include "util/json.h"
#include "util/pages.h"

#define CELLS_CACHED ((size_t)256) /* pages: 1 MB */

/* --- the staging --------------------------------------------------------- */

static enum rc
check_segments(
    const struct reader *r, const struct finding_visit *visit, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < reader_count(r); i++) {
		const struct reader_segment *const s = reader_segment(r, i);
		struct finding_draft l =
		    finding_start(visit, FINDING_SEGMENT, s->name);
		l.item.bytes = s->bytes;
		rc = finding_report(&l, reader_scan(r, i, NULL, &l.err), e);
	}
	return rc;
}

static bool
is_listed(const struct reader *r, const char *name)
{
	size_t i = 0;

	while (i < reader_count(r) &&
	       strcmp(strrchr(reader_segment(r, i)->name, '/') + 1, name) != 0)
		i++;
	return i < reader_count(r);
}

/* Files among the segments that nobody staged. */
static enum rc
find_strangers(
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
		if (name[0] == '.' || is_listed(r, name))
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

static enum rc
compare_field(const struct finding_draft *l, const struct cJSON *want,
    const struct scan_sum *sum, struct err *e)
{
	const char *sha256 = "";
	uint64_t bytes = 0;
	enum rc rc = json_need_text(want, "sha256", &sha256, e);

	if (rc == RC_OK)
		rc = json_need_u64(want, "bytes", &bytes, e);
	if (rc != RC_OK)
		return rc;
	if (sum->bytes == bytes && strcmp(sum->sha256, sha256) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s is not what was staged: its SHA-256 is %s, the manifest says "
	    "%.64s",
	    l->item.name, sum->sha256, sha256);
}

static enum rc
verify_field(
    const struct reader *r, struct finding_draft *l, const struct cJSON *want)
{
	struct scan_sum sum = { .bytes = 0 };
	const int fd = openat(reader_fd(r), l->item.name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	enum rc rc = fd == -1
			 ? err_sys(&l->err, RC_FATAL, "open %s/%s",
			       reader_dir(r), l->item.name)
			 : scan_lines(fd, l->item.name, NULL, &sum, &l->err);
	if (rc == RC_OK)
		rc = compare_field(l, want, &sum, &l->err);
	l->item.bytes = sum.bytes;
	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* Long values: the name of each is its digest. */
static enum rc
check_fields(
    const struct reader *r, const struct finding_visit *visit, struct err *e)
{
	const struct cJSON *const list = json_get(reader_manifest(r), "fields");
	enum rc rc = RC_OK;
	char name[sizeof("fields/") + DIGEST_HEX];

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		const char *const sha256 = json_text(v, "sha256");
		struct finding_draft l =
		    finding_start(visit, FINDING_FIELD, name);
		(void)snprintf(name, sizeof(name), "fields/%.64s",
		    sha256 == NULL || strchr(sha256, '/') != NULL ? ""
								  : sha256);
		rc = finding_report(&l, verify_field(r, &l, v), e);
	}
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

enum rc
verify_staging(const struct reader *r, struct scratch *scratch,
    const struct finding_visit *visit, struct err *e)
{
	const struct pages_options o = {
		.dirfd = -1, .scratch = scratch, .cached = CELLS_CACHED
	};
	struct verify_sources sources = { .n = 0 };

	enum rc rc = check_segments(r, visit, e);
	if (rc == RC_OK)
		rc = find_strangers(r, visit, e);
	if (rc == RC_OK)
		rc = verify_sidecar_digest(
		    r, FINDING_LOGS, SIDECAR_LOGS, visit, e);
	if (rc == RC_OK)
		rc = verify_sidecar_digest(
		    r, FINDING_DAMAGE, SIDECAR_DAMAGE, visit, e);
	if (rc == RC_OK)
		rc = check_fields(r, visit, e);
	if (rc == RC_OK)
		rc = pages_create(&sources.pages, &o, e);
	if (rc == RC_OK)
		rc = verify_sources(r, visit, &sources, e);
	if (rc == RC_OK)
		rc = verify_chunks(r, visit, &sources, e);
	pages_destroy(sources.pages);
	return rc;
}
