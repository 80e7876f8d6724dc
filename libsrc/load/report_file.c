/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "load/report_file.h"
#include "util/io.h"

#define BLOCK (256U << 10)
#define OUT_MAX ((size_t)64 << 20)
#define NAME_MAX_TMP 64

static void
temporary(const struct report_file *f, char out[NAME_MAX_TMP])
{
	(void)snprintf(out, NAME_MAX_TMP, ".%.50s.tmp", f->name);
}

enum rc
report_file_open(
    struct report_file *f, int dir, const char *name, struct err *e)
{
	char tmp[NAME_MAX_TMP];

	f->dir = dir;
	f->name = name;
	buf_init(&f->out, OUT_MAX);
	temporary(f, tmp);
	f->fd = openat(dir, tmp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return f->fd == -1 ? err_sys(e, RC_FATAL, "create %s", tmp) : RC_OK;
}

static enum rc
write_out(struct report_file *f, struct err *e)
{
	if (f->out.full)
		return buf_fail(&f->out, f->name, e);
	const enum rc rc = io_write(f->fd, buf_span(&f->out), f->name, e);
	buf_cut(&f->out, 0);
	return rc;
}

enum rc
report_file_flush(struct report_file *f, struct err *e)
{
	return f->out.full || f->out.n >= BLOCK ? write_out(f, e) : RC_OK;
}

enum rc
report_file_publish(struct report_file *f, struct err *e)
{
	char tmp[NAME_MAX_TMP];
	const enum rc rc = write_out(f, e);

	temporary(f, tmp);
	return rc == RC_OK ? io_publish(f->dir, f->fd, tmp, f->name, e) : rc;
}

void
report_file_close(struct report_file *f)
{
	char tmp[NAME_MAX_TMP];

	if (f->fd != -1) {
		temporary(f, tmp);
		(void)close(f->fd);
		(void)unlinkat(f->dir, tmp, 0);
	}
	f->fd = -1;
	buf_reset(&f->out);
}
