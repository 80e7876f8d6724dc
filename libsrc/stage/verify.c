/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/verify.h"
#include "util/io.h"
#include "util/json.h"
#include "util/sign.h"

#define BLOCK ((size_t)1 << 20)
#define SIGNED_MAX ((size_t)1 << 30)

/* A thing that is being looked at: what is said of it in the end. */
struct look {
	const struct verify_visit *visit;
	struct verify_item item;
	struct err err;
};

static struct look
look_at(
    const struct verify_visit *visit, enum verify_part part, const char *name)
{
	return (struct look){
		.visit = visit,
		.item = { .part = part, .verdict = VERIFY_GOOD, .name = name },
	};
}

/* Tell what was found; RC_FATAL only without memory. */
static enum rc
told(struct look *l, enum rc rc, struct err *e)
{
	if (rc != RC_OK && l->err.why == WHY_MEMORY)
		return err_nomem(e);
	if (rc != RC_OK && l->item.verdict == VERIFY_GOOD)
		l->item.verdict = VERIFY_BAD;
	l->item.text = rc == RC_OK ? "" : l->err.text;
	l->visit->item(l->visit->arg, &l->item);
	return RC_OK;
}

/* --- files --------------------------------------------------------------- */

struct sum {
	char sha256[DIGEST_HEX];
	uint64_t bytes;
	uint64_t lines;
};

static uint64_t
count_lines(struct span s)
{
	const uint8_t *const end = s.p + s.n;
	const uint8_t *p = s.p;
	uint64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static enum rc
add_blocks(struct io_read *in, struct digest *d, struct sum *sum, struct err *e)
{
	size_t got = 0;

	do {
		in->off = sum->bytes;
		enum rc rc = io_pread(in, &got, e);
		if (rc == RC_OK)
			rc = digest_add(d, span_of(in->p, got), e);
		if (rc != RC_OK)
			return rc;
		sum->bytes += got;
		sum->lines += count_lines(span_of(in->p, got));
	} while (got == in->n);
	return digest_final_hex(d, sum->sha256, e);
}

static enum rc
sum_file(int fd, const char *name, struct sum *sum, struct err *e)
{
	struct io_read in = { .fd = fd, .n = BLOCK, .name = name };
	struct digest *d;

	memset(sum, 0, sizeof(*sum));
	in.p = malloc(BLOCK);
	enum rc rc = digest_create(&d, e);
	if (rc == RC_OK && in.p == NULL)
		rc = err_nomem(e);
	if (rc == RC_OK)
		rc = add_blocks(&in, d, sum, e);
	digest_destroy(d);
	free(in.p);
	return rc;
}

/* --- the staging --------------------------------------------------------- */

static enum rc
check_segments(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < reader_count(r); i++) {
		const struct reader_segment *const s = reader_segment(r, i);
		struct look l = look_at(visit, VERIFY_SEGMENT, s->name);
		l.item.bytes = s->bytes;
		rc = told(&l, reader_scan(r, i, NULL, &l.err), e);
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
	const struct dirent *d;

	if (dir == NULL) {
		if (fd != -1)
			(void)close(fd);
		return fd == -1 && errno == ENOENT && reader_count(r) == 0
			   ? RC_OK
			   : err_sys(e, RC_FATAL, "list %s/segments",
				 reader_dir(r));
	}
	while (rc == RC_OK && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || is_listed(r, d->d_name))
			continue;
		struct look l = look_at(visit, VERIFY_SEGMENT, d->d_name);
		rc = told(&l,
		    err_set(&l.err, RC_FATAL, WHY_TAMPERED,
			"%s/segments/%s is not in the manifest", reader_dir(r),
			d->d_name),
		    e);
	}
	(void)closedir(dir);
	return rc;
}

/* With `lines` where the manifest counts them. */
static enum rc
compare_file(const struct look *l, const struct cJSON *want,
    const struct sum *sum, struct err *e)
{
	const char *sha256 = "";
	uint64_t bytes = 0;
	uint64_t lines = sum->lines;
	enum rc rc = json_need_text(want, "sha256", &sha256, e);

	if (rc == RC_OK)
		rc = json_need_u64(want, "bytes", &bytes, e);
	if (rc == RC_OK && json_get(want, "lines") != NULL)
		rc = json_need_u64(want, "lines", &lines, e);
	if (rc != RC_OK)
		return rc;
	if (strcmp(sha256, sum->sha256) == 0 && bytes == sum->bytes &&
	    lines == sum->lines)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s is not what was staged: its SHA-256 is %s, the manifest says "
	    "%.64s",
	    l->item.name, sum->sha256, sha256);
}

/* A file of the staging, beside its segments. */
static enum rc
check_file(const struct reader *r, struct look *l, const struct cJSON *want,
    struct err *e)
{
	struct sum sum = { .bytes = 0 };
	const int fd = openat(reader_fd(r), l->item.name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	enum rc rc = fd == -1 ? err_sys(&l->err, RC_FATAL, "open %s/%s",
				    reader_dir(r), l->item.name)
			      : sum_file(fd, l->item.name, &sum, &l->err);
	if (rc == RC_OK)
		rc = compare_file(l, want, &sum, &l->err);
	l->item.bytes = sum.bytes;
	if (fd != -1)
		(void)close(fd);
	return told(l, rc, e);
}

static enum rc
check_damage(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const want = json_get(reader_manifest(r), "damage");
	struct look l = look_at(visit, VERIFY_DAMAGE, "damage.ndjson");

	return want == NULL ? RC_OK : check_file(r, &l, want, e);
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
		struct look l = look_at(visit, VERIFY_FIELD, name);
		(void)snprintf(name, sizeof(name), "fields/%.64s",
		    sha256 == NULL || strchr(sha256, '/') != NULL ? ""
								  : sha256);
		rc = check_file(r, &l, v, e);
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
	struct look l = look_at(visit, VERIFY_SIGNATURE, "manifest.json.sig");
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
	return told(&l, rc, e);
}

/* --- sums ---------------------------------------------------------------- */

/* The terms that are the same in a source and in the run. */
static const char *const terms[] = { "found", "emitted", "duplicate", "damaged",
	"recovered" };
#define TERMS (sizeof(terms) / sizeof(*terms))
#define OUTSIDE 1U /* so many at the end are in no sum */

struct sums {
	uint64_t term[TERMS];
	uint64_t filtered;
};

static enum rc
read_sums(const struct cJSON *account, struct sums *s, struct err *e)
{
	enum rc rc = RC_OK;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; rc == RC_OK && i < TERMS; i++)
		rc = json_need_u64(account, terms[i], &s->term[i], e);
	const struct cJSON *const filtered = json_get(account, "filtered");
	for (const struct cJSON *v = json_first(filtered);
	     rc == RC_OK && v != NULL; v = json_next(v)) {
		uint64_t n = 0;
		rc = json_need_u64(filtered, json_name(v), &n, e);
		s->filtered += n;
	}
	return rc;
}

/* found = emitted + filtered + duplicate + damaged */
static enum rc
check_sum(const struct cJSON *account, struct sums *s, struct err *e)
{
	const enum rc rc = read_sums(account, s, e);
	uint64_t sum = s->filtered;

	if (rc != RC_OK)
		return rc;
	for (size_t i = 1; i < TERMS - OUTSIDE; i++)
		sum += s->term[i];
	if (sum == s->term[0])
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%llu records were found, and %llu went somewhere",
	    (unsigned long long)s->term[0], (unsigned long long)sum);
}

static enum rc
compare_sums(const struct sums *all, const struct sums *sources, struct err *e)
{
	for (size_t i = 0; i < TERMS; i++) {
		if (all->term[i] == sources->term[i])
			continue;
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%llu records are %s, in the sources they are %llu",
		    (unsigned long long)all->term[i], terms[i],
		    (unsigned long long)sources->term[i]);
	}
	return RC_OK;
}

static const char *
name_of(const struct cJSON *source)
{
	const char *const name = json_text(source, "name");

	return name == NULL ? "" : name;
}

static enum rc
check_sums(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const root = reader_manifest(r);
	const struct cJSON *const list = json_get(root, "sources");
	struct look run = look_at(visit, VERIFY_SUMS, "the run");
	struct sums total = { .filtered = 0 };
	struct sums one;
	enum rc rc = RC_OK;

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		struct look l = look_at(visit, VERIFY_SUMS, name_of(v));
		rc = told(
		    &l, check_sum(json_get(v, "accounting"), &one, &l.err), e);
		for (size_t i = 0; i < TERMS; i++)
			total.term[i] += one.term[i];
	}
	if (rc != RC_OK)
		return rc;
	rc = check_sum(json_get(root, "accounting"), &one, &run.err);
	if (rc == RC_OK)
		rc = compare_sums(&one, &total, &run.err);
	return told(&run, rc, e);
}

enum rc
verify_staging(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	enum rc rc = check_segments(r, visit, e);

	if (rc == RC_OK)
		rc = find_strangers(r, visit, e);
	if (rc == RC_OK)
		rc = check_damage(r, visit, e);
	if (rc == RC_OK)
		rc = check_fields(r, visit, e);
	return rc == RC_OK ? check_sums(r, visit, e) : rc;
}

/* --- the evidence -------------------------------------------------------- */

/* O_NONBLOCK: a FIFO in its place must not hold us for ever. */
static enum rc
open_input(struct look *l, int *fd)
{
	struct stat st;

	*fd = open(l->item.name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1) {
		l->item.verdict = errno == ENOENT || errno == ENOTDIR
				      ? VERIFY_MISSING
				      : VERIFY_UNREAD;
		return err_sys(&l->err, RC_FATAL, "open %s", l->item.name);
	}
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return RC_OK;
	l->item.verdict = VERIFY_UNREAD;
	return err_set(&l->err, RC_FATAL, WHY_CORRUPT, "%s is no regular file",
	    l->item.name);
}

static enum rc
compare_input(struct look *l, int fd, const char *want)
{
	struct sum sum;
	const enum rc rc = sum_file(fd, l->item.name, &sum, &l->err);

	l->item.bytes = sum.bytes;
	if (rc != RC_OK) {
		l->item.verdict = VERIFY_UNREAD;
		return rc;
	}
	if (strcmp(sum.sha256, want) == 0)
		return RC_OK;
	return err_set(&l->err, RC_FATAL, WHY_TAMPERED,
	    "%s is not what was read: its SHA-256 is %s, the manifest says "
	    "%.64s",
	    l->item.name, sum.sha256, want);
}

static enum rc
check_input(struct look *l, const char *want)
{
	int fd = -1;

	if (want == NULL || want[0] == '\0') {
		l->item.verdict = VERIFY_UNREAD;
		return err_set(&l->err, RC_FATAL, WHY_CORRUPT,
		    "%s could not be read when it was staged", l->item.name);
	}
	enum rc rc = open_input(l, &fd);
	if (rc == RC_OK)
		rc = compare_input(l, fd, want);
	if (fd != -1)
		(void)close(fd);
	return rc;
}

enum rc
verify_inputs(
    const struct reader *r, const struct verify_visit *visit, struct err *e)
{
	const struct cJSON *const list =
	    json_get(reader_manifest(r), "sources");
	enum rc rc = RC_OK;

	for (const struct cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		struct look l = look_at(visit, VERIFY_INPUT, name_of(v));
		rc = told(&l, check_input(&l, json_text(v, "sha256")), e);
	}
	return rc;
}
