/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/err.h"

void
err_clear(struct err *e)
{
	/* This is called for every record, so only the first byte of the text
	 * is cleared. */
	e->rc = RC_OK;
	e->why = WHY_NONE;
	e->sys = 0;
	e->text[0] = '\0';
}

/* Maximum length of a formatted message in bytes. If it does not
 * fit into struct err, it is cut in the middle, where paths usually are; the
 * reason is at the end. */
#define WHOLE_MAX 8192

static void
put_text(char *to, size_t size, const char *whole)
{
	const size_t n = strlen(whole);
	const size_t begin = size / 3;

	if (n < size) {
		memcpy(to, whole, n + 1);
		return;
	}
	memcpy(to, whole, begin);
	memset(to + begin, '.', 3);
	/* Length of the part after the dots, with the NUL. */
	const size_t end = size - begin - 3;
	memcpy(to + begin + 3, whole + n + 1 - end, end);
}

enum rc
err_set(struct err *e, enum rc rc, enum why why, const char *fmt, ...)
{
	char whole[WHOLE_MAX];
	va_list ap;

	e->rc = rc;
	e->why = why;
	e->sys = 0;
	va_start(ap, fmt);
	(void)vsnprintf(whole, sizeof(whole), fmt, ap);
	va_end(ap);
	put_text(e->text, sizeof(e->text), whole);
	return rc;
}

enum rc
err_sys(struct err *e, enum rc rc, const char *fmt, ...)
{
	const int sys = errno;
	char whole[WHOLE_MAX];
	char what[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(whole, sizeof(whole), fmt, ap);
	va_end(ap);
	put_text(what, sizeof(what), whole);
	e->rc = sys == ENOSPC || sys == EDQUOT ? RC_RETRY : rc;
	e->why = WHY_SYSTEM;
	e->sys = sys;
	const char *const why = strerrordesc_np(sys);
	(void)snprintf(e->text, sizeof(e->text), "%s: %s", what,
	    why != NULL ? why : "unknown error");
	return e->rc;
}

void
err_set_nomem(struct err *e)
{
	(void)err_set(e, RC_FATAL, WHY_MEMORY, "out of memory");
}
