/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shards/shard_plan.h"
#include "shards/shard_plan_writer.h"
#include "util/io.h"
#include "util/json.h"
#include "util/maxima.h"
#include "util/text.h"

#define FLUSH_BYTES ((size_t)1 << 20)

struct shard_plan_writer {
	char *path;
	const char *name; /* last component of `path` */
	char *tmp;
	int dirfd;
	int fd;
	struct digest *digest;
	struct buf lines;
};

/* --- the file ------------------------------------------------------------- */

static enum rc
open_folder(struct shard_plan_writer *f, struct err *e)
{
	char *const slash = strrchr(f->path, '/');

	f->name = slash == NULL ? f->path : slash + 1;
	if (slash == NULL) {
		f->dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else if (slash == f->path) {
		f->dirfd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		*slash = '\0';
		f->dirfd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		*slash = '/';
	}
	if (f->dirfd != -1)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "open the folder of %s", f->path);
	e->why = WHY_USAGE;
	return e->rc;
}

static enum rc
open_file(struct shard_plan_writer *f, bool force, struct err *e)
{
	enum rc rc = open_folder(f, e);

	if (rc != RC_OK)
		return rc;
	if (!force && faccessat(f->dirfd, f->name, F_OK, 0) == 0)
		return err_set(e, RC_FATAL, WHY_EXISTS,
		    "%s exists, and shards that were staged with it do not "
		    "match another plan: give another name, or --force to "
		    "replace it",
		    f->path);
	if (asprintf(&f->tmp, ".%s.tmp", f->name) == -1) {
		f->tmp = NULL;
		return err_nomem(e);
	}
	f->fd = openat(f->dirfd, f->tmp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return f->fd == -1 ? err_sys(e, RC_FATAL, "create %s", f->path) : RC_OK;
}

enum rc
shard_plan_writer_create(
    struct shard_plan_writer **fp, const char *path, bool force, struct err *e)
{
	struct shard_plan_writer *const f = calloc(1, sizeof(*f));

	*fp = f;
	if (f == NULL)
		return err_nomem(e);
	f->fd = -1;
	f->dirfd = -1;
	buf_init(&f->lines, FLUSH_BYTES + 2 * MAXIMUM_LINE);
	f->path = strdup(path);
	if (f->path == NULL)
		return err_nomem(e);
	const enum rc rc = digest_create(&f->digest, e);
	return rc == RC_OK ? open_file(f, force, e) : rc;
}

void
shard_plan_writer_destroy(struct shard_plan_writer *f)
{
	if (f == NULL)
		return;
	if (f->fd != -1) {
		(void)close(f->fd);
		(void)unlinkat(f->dirfd, f->tmp, 0);
	}
	if (f->dirfd != -1)
		(void)close(f->dirfd);
	digest_destroy(f->digest);
	buf_reset(&f->lines);
	free(f->tmp);
	free(f->path);
	free(f);
}

static enum rc
flush(struct shard_plan_writer *f, struct err *e)
{
	enum rc rc = digest_add(f->digest, buf_span(&f->lines), e);

	if (rc == RC_OK)
		rc = io_write(f->fd, buf_span(&f->lines), f->path, e);
	buf_cut(&f->lines, 0);
	return rc;
}

/* --- lines ---------------------------------------------------------------- */

static enum rc
put_line(struct shard_plan_writer *f, struct cJSON *o, struct err *e)
{
	enum rc rc = json_write(&f->lines, o, e);

	json_free(o);
	buf_byte(&f->lines, '\n');
	if (rc == RC_OK && f->lines.full)
		rc = err_nomem(e);
	return rc == RC_OK && f->lines.n >= FLUSH_BYTES ? flush(f, e) : rc;
}

/* List the operands: the files and folders below the root that the staging of a
 * shard opens. */
static void
add_inputs(struct cJSON *head, const struct shard_plan_options *o)
{
	const struct walk *const w = o->walk;
	struct cJSON *const inputs = json_add_array(head, "inputs");

	if (w->n_operands > PLAN_INPUTS_MAX) {
		json_push_text(inputs, o->root != NULL ? "." : "/");
		return;
	}
	for (size_t i = 0; i < w->n_operands; i++) {
		const char *const path = w->operands[i].path;
		const size_t n = strlen(path);
		json_push_text(inputs, n <= o->strip ? "." : path + o->strip);
	}
}

enum rc
shard_plan_writer_head(struct shard_plan_writer *f,
    const struct shard_plan_options *o, const struct shard_plan_result *all,
    struct err *e)
{
	struct cJSON *const head = json_object();

	json_add_text(head, "format", SHARD_PLAN_FORMAT);
	json_add_count(head, "shards", o->shards);
	json_add_count(head, "sources", all->sources);
	json_add_count(head, "bytes", all->bytes);
	json_add_count(head, "unread", all->unread);
	json_add_count(head, "passed_over", o->walk->passed);
	json_add_count(head, "passed_over_unseen", o->walk->unseen);
	if (o->root != NULL)
		json_add_text(head, "root", o->root);
	add_inputs(head, o);
	json_add_text(head, "version", o->version);
	return put_line(f, head, e);
}

/* Add a name that is not UTF-8 in hex. */
static void
add_hex(struct cJSON *o, struct span name, struct buf *text)
{
	buf_cut(text, 0);
	uint8_t *const hex = buf_room(text, 2 * name.n + 1);
	if (hex == NULL)
		return;
	digest_hex(name.p, name.n, (char *)hex);
	json_add_text(o, "name_hex", (const char *)hex);
}

static enum rc
add_name(
    struct cJSON *o, const struct shard_plan_writer_line *line, struct err *e)
{
	char *name = NULL;
	struct buf text;

	if (asprintf(&name, "%s%s", line->dot ? "./" : "", line->name) == -1)
		return err_nomem(e);
	const struct span bytes = span_str(name);
	json_add_text(o, "name", name);
	buf_init(&text, 4 * bytes.n + 8);
	text_utf8_utf8(&text, bytes);
	if (!text.full && !span_eq(buf_span(&text), bytes))
		add_hex(o, bytes, &text);
	const bool full = text.full;
	buf_reset(&text);
	free(name);
	return full ? err_nomem(e) : RC_OK;
}

enum rc
shard_plan_writer_source(struct shard_plan_writer *f,
    const struct shard_plan_writer_line *line, struct err *e)
{
	struct cJSON *const o = json_object();
	char hex[DIGEST_HEX];

	if (add_name(o, line, e) != RC_OK) {
		json_free(o);
		return e->rc;
	}
	json_add_count(o, "bytes", line->bytes);
	digest_hex(line->sum, DIGEST_BYTES, hex);
	if (line->error == NULL)
		json_add_text(o, "head_sha256", hex);
	else
		json_add_text(o, "error", line->error);
	if (line->inside != 0 || line->dot)
		json_add_count(o, "inside", line->inside + (line->dot ? 2 : 0));
	json_add_count(o, "shard", line->shard);
	return put_line(f, o, e);
}

enum rc
shard_plan_writer_end(
    struct shard_plan_writer *f, char sha256[DIGEST_HEX], struct err *e)
{
	enum rc rc = flush(f, e);

	if (rc == RC_OK)
		rc = digest_final_hex(f->digest, sha256, e);
	if (rc != RC_OK)
		return rc;
	buf_fmt(&f->lines, "{\"sha256\":\"%s\"}\n", sha256);
	rc = io_write(f->fd, buf_span(&f->lines), f->path, e);
	if (rc == RC_OK)
		rc = io_publish(f->dirfd, f->fd, f->tmp, f->name, e);
	if (rc == RC_OK) {
		(void)close(f->fd);
		f->fd = -1;
	}
	return rc;
}
