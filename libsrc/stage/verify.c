/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/verify_inner.h"
#include "util/io.h"
#include "util/json.h"
#include "util/maxima.h"
#include "util/pages.h"
#include "util/sign.h"

#define BLOCK ((size_t)1 << 20)
#define SIGNED_MAX MAXIMUM_MANIFEST
#define CELLS_CACHED ((size_t)256) /* pages: 1 MB */

struct verify_look
verify_look_at(
    const struct verify_visit *visit, enum verify_part part, const char *name)
{
	return (struct verify_look){
		.visit = visit,
		.item = { .part = part, .verdict = VERIFY_GOOD, .name = name },
	};
}

enum rc
verify_told(struct verify_look *l, enum rc rc, struct err *e)
{
	if (rc != RC_OK && l->err.why == WHY_MEMORY)
		return err_nomem(e);
	if (rc != RC_OK && l->item.verdict == VERIFY_GOOD)
		l->item.verdict = VERIFY_BAD;
	l->item.text = rc == RC_OK ? "" : l->err.text;
	l->visit->item(l->visit->arg, &l->item);
	return RC_OK;
}

/* --- the staging --------------------------------------------------------- */

static enum rc
check_segments(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < reader_count(r); i++) {
		const struct reader_segment *const s = reader_segment(r, i);
		struct verify_look l =
		    verify_look_at(visit, VERIFY_SEGMENT, s->name);
		l.item.bytes = s->bytes;
		rc = verify_told(&l, reader_scan(r, i, NULL, &l.err), e);
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
    const struct reader *r, const struct verify_visit *visit, struct err *e)
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
		struct verify_look l =
		    verify_look_at(visit, VERIFY_SEGMENT, name);
		rc = verify_told(&l,
		    err_set(&l.err, RC_FATAL, WHY_TAMPERED,
			"%s/segments/%s is not in the manifest", reader_dir(r),
			name),
		    e);
	}
	(void)closedir(dir);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
compare_field(const struct verify_look *l, const struct cJSON *want,
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
    const struct reader *r, struct verify_look *l, const struct cJSON *want)
{
	struct scan_sum sum = { .bytes = 0 };
	const int fd = openat(reader_fd(r), l->item.name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	enum rc rc = fd == -1
			 ? err_sys(&l->err, RC_FATAL, "open %s/%s",
			       reader_dir(r), l->item.name)
			 : scan_file(fd, l->item.name, NULL, &sum, &l->err);
	if (rc == RC_OK)
		rc = compare_field(l, want, &sum, &l->err);
	l->item.bytes = sum.bytes;
	if (fd != -1)
		(void)close(fd);
	return rc;
}

enum rc
verify_listing(const struct reader *r, struct verify_look *l, const char *which,
    const struct scan_visit *lines)
{
	struct listing want;
	bool more = false;

	enum rc rc = listing_read(reader_manifest(r), which, &want, &l->err);
	if (rc == RC_OK)
		rc = listing_scan(reader_fd(r), &want, lines, &more, &l->err);
	if (rc == RC_OK)
		l->item.bytes = want.bytes;
	if (rc == RC_OK && more)
		return err_set(&l->err, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: it has more than the %llu "
		    "bytes "
		    "that the manifest says",
		    l->item.name, (unsigned long long)want.bytes);
	return rc;
}

/* A file of lines of which only the digest is compared, if there is one. */
static enum rc
check_listing(const struct reader *r, enum verify_part part, const char *which,
    const struct verify_visit *visit, struct err *e)
{
	char name[32];

	if (json_get(reader_manifest(r), which) == NULL)
		return RC_OK;
	listing_name(which, name);
	struct verify_look l = verify_look_at(visit, part, name);
	return verify_told(&l, verify_listing(r, &l, which, NULL), e);
}

/* Long values: the name of each is its digest. */
static enum rc
check_fields(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const list = json_get(reader_manifest(r), "fields");
	enum rc rc = RC_OK;
	char name[sizeof("fields/") + DIGEST_HEX];

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		const char *const sha256 = json_text(v, "sha256");
		struct verify_look l =
		    verify_look_at(visit, VERIFY_FIELD, name);
		(void)snprintf(name, sizeof(name), "fields/%.64s",
		    sha256 == NULL || strchr(sha256, '/') != NULL ? ""
								  : sha256);
		rc = verify_told(&l, verify_field(r, &l, v), e);
	}
	return rc;
}

static enum rc
slurp(const struct reader *r, const char *name, struct buf *text, struct err *e)
{
	buf_init(text, SIGNED_MAX);
	return io_slurp(reader_fd(r), name, text, e);
}

enum rc
verify_signature(const struct reader *r, const struct sign_key *key,
    const struct verify_visit *visit, struct err *e)
{
	struct verify_look l =
	    verify_look_at(visit, VERIFY_SIGNATURE, "manifest.json.sig");
	struct buf text;
	struct buf signature;

	enum rc rc = slurp(r, "manifest.json", &text, &l.err);
	const enum rc there = slurp(r, l.item.name, &signature, &l.err);
	if (rc == RC_OK && there != RC_OK)
		rc = err_set(&l.err, RC_FATAL, WHY_TAMPERED,
		    "%s is not there: the manifest is not signed", l.item.name);
	if (rc == RC_OK)
		rc = sign_check(
		    key, buf_span(&text), buf_span(&signature), &l.err);
	buf_reset(&text);
	buf_reset(&signature);
	return verify_told(&l, rc, e);
}

/* --- all of it ------------------------------------------------------------ */

enum rc
verify_staging(const struct reader *r, struct scratch *scratch,
    const struct verify_visit *visit, struct err *e)
{
	const struct pages_options o = {
		.dirfd = -1, .scratch = scratch, .cached = CELLS_CACHED
	};
	struct verify_sources sources = { .n = 0 };

	enum rc rc = check_segments(r, visit, e);
	if (rc == RC_OK)
		rc = find_strangers(r, visit, e);
	if (rc == RC_OK)
		rc = check_listing(r, VERIFY_LOGS, LISTING_LOGS, visit, e);
	if (rc == RC_OK)
		rc = check_listing(r, VERIFY_DAMAGE, LISTING_DAMAGE, visit, e);
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
