/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: the return value says what the caller does next, struct err says why.
 *
 * Every function that can fail returns enum rc and takes a struct err owned by
 * its caller. The struct is filled once, where the fault is first seen; callers
 * pass it on unchanged. Nothing here prints or exits.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stdarg.h>

/* What the caller has to do. */
enum rc {
	RC_OK,    /* done */
	RC_END,   /* nothing more to come */
	RC_SKIP,  /* this item is lost; continue with the next one */
	RC_RETRY, /* temporary: the same call may succeed later */
	RC_FATAL, /* stop */
};

/* The kind of failure. The tools derive their exit status from it. */
enum why {
	WHY_NONE,
	WHY_SYSTEM,   /* a system call; err.sys has the errno */
	WHY_MEMORY,   /* no memory */
	WHY_LIMIT,    /* a documented maximum was exceeded */
	WHY_CORRUPT,  /* input that violates its format */
	WHY_USAGE,    /* a request that makes no sense */
	WHY_EXISTS,   /* would overwrite finished work */
	WHY_TAMPERED, /* a digest, checksum or total does not match */
	WHY_LOCKED,   /* another run owns it */
	WHY_DENIED,   /* the target refuses access */
	WHY_REFUSED,  /* the target refuses too many records */
	WHY_NETWORK,  /* no answer, or a temporary failure */
	WHY_STOPPED,  /* interrupted by a signal */
	WHY_FOREIGN,  /* a library failed; the text is the library's */
};

#define ERR_TEXT_MAX 512

struct err {
	enum rc rc;
	enum why why;
	int sys;                 /* errno, 0 if none */
	char text[ERR_TEXT_MAX]; /* one sentence without a full stop */
};

/* Make e empty. */
void err_clear(struct err *e);

/* Fill e and return rc, so that a failure is one statement. */
enum rc err_set(struct err *e, enum rc rc, enum why why, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a system call: appends the text of errno. ENOSPC and EDQUOT
 * become RC_RETRY, since space may become free. */
enum rc err_sys(struct err *e, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Report that there is no memory: RC_FATAL. The second one is inline so that
 * the static analysis sees what it returns. */
void err_set_nomem(struct err *e);

static inline enum rc
err_nomem(struct err *e)
{
	err_set_nomem(e);
	return RC_FATAL;
}

#endif
