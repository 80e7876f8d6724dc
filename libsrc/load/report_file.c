/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "load/report_file.h"
#include "util/io.h"
#include "util/json.h"

#define BLOCK (256U << 10)
/* Maximum size of `out`: a record of 64 MB, each byte escaped, and its members.
 */
#define OUT_MAX ((size_t)512 << 20)

enum rc
report_file_open(
    struct report_file *f, int dir, const char *name, struct err *e)
{
	*f = (struct report_file){ .dir = dir, .fd = -1, .name = name };
	buf_init(&f->out, OUT_MAX);
	(void)snprintf(f->tmp, sizeof(f->tmp), ".%.250s.tmp", name);
	f->fd = openat(dir, f->tmp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return f->fd == -1 ? err_sys(e, RC_FATAL, "create %s", f->tmp) : RC_OK;
}

void
report_file_put(struct report_file *f, const char *name, const char *text)
{
	buf_fmt(&f->out, ",\"%s\":", name);
	json_put(&f->out, span_str(text));
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
	const enum rc rc = write_out(f, e);

	return rc == RC_OK ? io_publish(f->dir, f->fd, f->tmp, f->name, e) : rc;
}

void
report_file_close(struct report_file *f)
{
	if (f->fd != -1) {
		(void)close(f->fd);
		(void)unlinkat(f->dir, f->tmp, 0);
	}
	f->fd = -1;
	buf_reset(&f->out);
}
