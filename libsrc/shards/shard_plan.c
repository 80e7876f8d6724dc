/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shards/balance.h"
#include "shards/shard_plan.h"
#include "stage/scan_lines.h"
#include "util/io.h"
#include "util/json.h"

/* The last line of a plan: {"sha256":"64 digits"} and a line feed. */
#define LAST_PREFIX "{\"sha256\":\""
#define LAST_BYTES (sizeof(LAST_PREFIX) - 1 + (size_t)2 * DIGEST_BYTES + 3)

struct shard_plan {
	char *path;
	int fd;
	uint64_t bytes; /* length in bytes of all lines before the last */
	char sha256[DIGEST_HEX];
	struct cJSON *head;
	uint32_t shards;
	uint64_t sources;
};

/* --- opening -------------------------------------------------------------- */

static enum rc
report_no_plan(const struct shard_plan *p, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%s is not a plan of shards (evtxstage help shards)", p->path);
}

static enum rc
read_last(struct shard_plan *p, struct err *e)
{
	uint8_t last[LAST_BYTES];
	struct stat st;
	size_t n = 0;

	if (fstat(p->fd, &st) == -1)
		return err_sys(e, RC_FATAL, "%s", p->path);
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)LAST_BYTES)
		return report_no_plan(p, e);
	p->bytes = (uint64_t)st.st_size - LAST_BYTES;
	const struct io_read r = { p->fd, p->bytes, last, LAST_BYTES, p->path };
	if (io_pread(&r, &n, e) != RC_OK)
		return e->rc;
	if (n != LAST_BYTES ||
	    memcmp(last, LAST_PREFIX, sizeof(LAST_PREFIX) - 1) != 0)
		return report_no_plan(p, e);
	memcpy(p->sha256, last + sizeof(LAST_PREFIX) - 1,
	    (size_t)2 * DIGEST_BYTES);
	return digest_is_hex(p->sha256) ? RC_OK : report_no_plan(p, e);
}

static enum rc
scan(const struct shard_plan *p, const struct scan_visit *visit, struct err *e)
{
	const struct scan_part part = { p->fd, p->path, p->bytes };
	struct scan_sum sum;

	const enum rc rc = scan_lines_part(&part, visit, &sum, e);
	if (rc == RC_OK && strcmp(sum.sha256, p->sha256) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s was changed: its digest does not match its lines",
		    p->path);
	return rc;
}

/* Read the first line. RC_END ends the scan. */
static enum rc
read_head(void *arg, const struct scan_line *line, struct err *e)
{
	struct shard_plan *const p = arg;
	const char *format;
	uint64_t shards = 0;

	enum rc rc = json_parse(line->text, p->path, &p->head, e);
	if (rc != RC_OK)
		return e->why == WHY_MEMORY ? rc : report_no_plan(p, e);
	format = json_text(p->head, "format");
	if (format == NULL || strcmp(format, SHARD_PLAN_FORMAT) != 0)
		return report_no_plan(p, e);
	rc = json_need_u64(p->head, "shards", &shards, e);
	if (rc == RC_OK)
		rc = json_need_u64(p->head, "sources", &p->sources, e);
	if (rc == RC_OK && (shards == 0 || shards > BALANCE_MAX))
		rc = report_no_plan(p, e);
	p->shards = (uint32_t)shards;
	return rc == RC_OK ? RC_END : rc;
}

enum rc
shard_plan_open(struct shard_plan **pp, const char *path, struct err *e)
{
	struct shard_plan *const p = calloc(1, sizeof(*p));

	*pp = p;
	if (p == NULL)
		return err_nomem(e);
	/* O_NONBLOCK: a FIFO in the place of the file must not block. */
	p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	p->path = strdup(path);
	if (p->path == NULL)
		return err_nomem(e);
	if (p->fd == -1) {
		(void)err_sys(e, RC_FATAL, "%s", path);
		e->why = WHY_USAGE;
		return e->rc;
	}
	enum rc rc = read_last(p, e);
	if (rc == RC_OK)
		rc = scan(p, NULL, e);
	const struct scan_part part = { p->fd, p->path, p->bytes };
	const struct scan_visit first = { read_head, p };
	struct scan_sum sum;
	if (rc == RC_OK)
		rc = scan_lines_part(&part, &first, &sum, e);
	if (rc == RC_END)
		return RC_OK;
	return rc == RC_OK ? report_no_plan(p, e) : rc;
}

void
shard_plan_close(struct shard_plan *p)
{
	if (p == NULL)
		return;
	if (p->fd != -1)
		(void)close(p->fd);
	json_free(p->head);
	free(p->path);
	free(p);
}

const char *
shard_plan_digest(const struct shard_plan *p)
{
	return p->sha256;
}

const char *
shard_plan_root(const struct shard_plan *p)
{
	return json_text(p->head, "root");
}

uint32_t
shard_plan_shards(const struct shard_plan *p)
{
	return p->shards;
}

const struct cJSON *
shard_plan_head(const struct shard_plan *p)
{
	return p->head;
}

/* --- sources -------------------------------------------------------------- */

struct reading {
	const struct shard_plan *plan;
	const struct shard_plan_visit *visit;
	uint64_t n; /* number of sources read so far */
	struct buf name;
};

/* Read the name of a source. If a name is not UTF-8, the plan has its bytes in
 * hex. */
static enum rc
read_name(
    struct reading *r, const struct cJSON *o, const char **name, struct err *e)
{
	const char *const hex = json_text(o, "name_hex");

	if (hex == NULL)
		return json_need_text(o, "name", name, e);
	const size_t n = strlen(hex) / 2;
	buf_cut(&r->name, 0);
	uint8_t *const to = buf_room(&r->name, n + 1);
	if (to == NULL)
		return err_nomem(e);
	if (!digest_unhex(span_of(hex, 2 * n), to) ||
	    strnlen((const char *)to, n) != n)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s: \"name_hex\" of a source is not valid", r->plan->path);
	to[n] = '\0';
	*name = (const char *)to;
	return RC_OK;
}

static enum rc
read_source(struct reading *r, const struct cJSON *o,
    struct shard_plan_source *s, struct err *e)
{
	const char *const sum = json_text(o, "head_sha256");
	uint64_t shard = 0;
	uint64_t inside = 0;

	enum rc rc = read_name(r, o, &s->name, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &s->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "shard", &shard, e);
	if (rc == RC_OK && json_get(o, "inside") != NULL)
		rc = json_need_u64(o, "inside", &inside, e);
	if (rc != RC_OK)
		return rc;
	if (shard >= r->plan->shards || inside > strlen(s->name) ||
	    (sum != NULL ? !digest_is_hex(sum) : json_text(o, "error") == NULL))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s: the line of %.200s is not valid", r->plan->path,
		    s->name);
	if (sum != NULL)
		memcpy(s->sum, sum, sizeof(s->sum));
	s->shard = (uint32_t)shard;
	s->inside = (size_t)inside;
	return RC_OK;
}

static enum rc
visit_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct reading *const r = arg;
	struct shard_plan_source s = { .name = NULL };
	struct cJSON *o = NULL;

	if (line->offset == 0)
		return RC_OK;
	enum rc rc = json_parse(line->text, r->plan->path, &o, e);
	if (rc == RC_OK)
		rc = read_source(r, o, &s, e);
	if (rc == RC_OK)
		rc = r->visit->source(r->visit->arg, &s, e);
	r->n++;
	json_free(o);
	return rc;
}

enum rc
shard_plan_read(const struct shard_plan *p,
    const struct shard_plan_visit *visit, struct err *e)
{
	struct reading r = { p, visit, 0, { .p = NULL } };
	const struct scan_visit lines = { visit_line, &r };

	buf_init(&r.name, SCAN_LINE_MAX);
	enum rc rc = scan(p, &lines, e);
	buf_reset(&r.name);
	if (rc == RC_OK && r.n != p->sources)
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s has %llu sources, its first line says %llu", p->path,
		    (unsigned long long)r.n, (unsigned long long)p->sources);
	return rc;
}
