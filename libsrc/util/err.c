/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/err.h"

void
err_clear(struct err *e)
{
	/* Not all of the text: this is done for every record. */
	e->rc = RC_OK;
	e->why = WHY_NONE;
	e->sys = 0;
	e->text[0] = '\0';
}

enum rc
err_set(struct err *e, enum rc rc, enum why why, const char *fmt, ...)
{
	va_list ap;

	e->rc = rc;
	e->why = why;
	e->sys = 0;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return rc;
}

enum rc
err_sys(struct err *e, enum rc rc, const char *fmt, ...)
{
	const int sys = errno;
	char what[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	e->rc = sys == ENOSPC || sys == EDQUOT ? RC_RETRY : rc;
	e->why = WHY_SYSTEM;
	e->sys = sys;
	const char *const why = strerrordesc_np(sys);
	(void)snprintf(e->text, sizeof(e->text), "%s: %s", what,
	    why != NULL ? why : "unknown error");
	return e->rc;
}

enum rc
err_nomem(struct err *e)
{
	return err_set(e, RC_FATAL, WHY_MEMORY, "out of memory");
}
