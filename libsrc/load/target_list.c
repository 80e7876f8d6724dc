/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load/status.h"
#include "load/target.h"
#include "load/target_list.h"
#include "util/io.h"
#include "util/json.h"

#define LIST_NAME "targets.ndjson"
/* The list may come from somebody else: a larger one is not read. */
#define LIST_MAX ((size_t)1 << 20)

/* Open a list and read it into *list, which the caller frees. -1 if that is not
 * possible; then there is nothing to free. */
static int
open_list(int folder, const char *name, int flags, struct buf *list)
{
	/* A pipe in the place of the list must not block. */
	const int fd = openat(
	    folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;
	struct err ignored;
	size_t got = 0;

	buf_init(list, LIST_MAX);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (size_t)st.st_size <= LIST_MAX) {
		const size_t n = (size_t)st.st_size;
		const struct io_read read = { fd, 0, buf_room(list, n), n,
			name };
		if (read.p != NULL &&
		    io_pread(&read, &got, &ignored) == RC_OK) {
			list->n = got;
			return fd;
		}
	}
	buf_reset(list);
	(void)close(fd);
	return -1;
}

/* --- writing ------------------------------------------------------------- */

/* Make the line of a target; `folder` is the staging's folder load/. */
static bool
put_line(struct buf *line, const struct load_target *t, int folder)
{
	const bool remote = t->path == NULL;
	char name[TARGET_NAME];
	char path[PATH_MAX];
	struct stat a;
	struct stat b;

	target_name(t, name);
	buf_str(line, "{\"target\":");
	json_put(line, span_str(name));
	buf_str(line, ",\"checkpoint\":");
	if (remote && fstat(folder, &a) == 0 && stat(t->state, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino) {
		buf_str(line, "\"load/state.db\"");
	} else {
		if (realpath(remote ? t->state : t->path, path) == NULL)
			return false;
		const size_t n = strlen(path);
		(void)snprintf(path + n, sizeof(path) - n, "%s",
		    remote ? "/state.db" : "");
		json_put(line, span_str(path));
	}
	buf_str(line, "}\n");
	return !line->full;
}

static void
add_line(int folder, struct span line)
{
	struct buf list;
	struct buf out;
	struct err ignored;
	const int fd =
	    open_list(folder, LIST_NAME, O_RDWR | O_APPEND | O_CREAT, &list);

	if (fd == -1)
		return;
	if (memmem(list.p, list.n, line.p, line.n) == NULL) {
		/* Append with one write, since several loaders may append at
		 * the same time. A line that a crash cut short is ended first.
		 */
		buf_init(&out, LIST_MAX);
		if (list.n > 0 && list.p[list.n - 1] != '\n')
			buf_byte(&out, '\n');
		buf_put(&out, line);
		(void)io_write(fd, buf_span(&out), LIST_NAME, &ignored);
		buf_reset(&out);
	}
	buf_reset(&list);
	(void)close(fd);
}

void
target_list_add(const struct load_run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		const int staging = reader_fd(run->stagings[i].reader);
		struct err ignored;
		struct buf line;
		int folder = -1;

		if (io_open_dir(staging, "load", &folder, &ignored) != RC_OK)
			continue;
		buf_init(&line, LIST_MAX);
		if (put_line(&line, run->target, folder))
			add_line(folder, buf_span(&line));
		buf_reset(&line);
		(void)close(folder);
	}
}

/* --- reading ------------------------------------------------------------- */

/* Report the target of a line; lines of another form are skipped. */
static enum rc
report_line(const char *staging, struct span line, const struct load_each *each)
{
	char path[PATH_MAX];
	struct cJSON *root = NULL;
	struct err ignored;
	enum rc rc = RC_OK;

	if (json_parse(line, LIST_NAME, &root, &ignored) != RC_OK)
		return RC_OK;
	const char *const name = json_text(root, "target");
	const char *const file = json_text(root, "checkpoint");
	if (name != NULL && file != NULL) {
		const bool relative = file[0] != '/';
		const int n = snprintf(path, sizeof(path), "%s%s%s",
		    relative ? staging : "", relative ? "/" : "", file);
		const struct load_listed one = { name, path, relative,
			access(path, F_OK) == 0 };
		if (n > 0 && (size_t)n < sizeof(path))
			rc = each->listed(each->arg, &one);
	}
	json_free(root);
	return rc;
}

enum rc
load_list_targets(const char *staging, const struct load_each *each)
{
	const int dir = open(staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct buf list;
	enum rc rc = RC_OK;

	if (dir == -1)
		return RC_OK;
	const int fd = open_list(dir, "load/" LIST_NAME, O_RDONLY, &list);
	for (size_t at = 0; rc == RC_OK && fd != -1 && at < list.n;) {
		const uint8_t *const p = list.p + at;
		const uint8_t *const lf = memchr(p, '\n', list.n - at);
		const size_t n = lf == NULL ? list.n - at : (size_t)(lf - p);
		rc = report_line(staging, span_of(p, n), each);
		at += n + 1;
	}
	if (fd != -1) {
		buf_reset(&list);
		(void)close(fd);
	}
	(void)close(dir);
	return rc;
}
