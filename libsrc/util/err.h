/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: the return value tells the caller what to do next, struct err
 * describes the failure.
 *
 * Every function that can fail returns enum rc and takes a struct err owned by
 * its caller. The struct is filled once, where the fault is first seen; callers
 * pass it on unchanged. Nothing here prints or exits.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stdarg.h>

/* What the caller of a function has to do next. */
enum rc {
	RC_OK,    /* the call has done its work */
	RC_END,   /* done: there are no more items */
	RC_SKIP,  /* this item is lost; continue with the next one */
	RC_RETRY, /* temporary: the same call may succeed later */
	RC_FATAL, /* the call failed: stop the work */
};

/* The kind of failure. The tools derive their exit status from it. */
enum why {
	WHY_NONE,
	WHY_SYSTEM,   /* a system call failed; err.sys is its errno */
	WHY_MEMORY,   /* memory is exhausted */
	WHY_LIMIT,    /* a documented maximum was exceeded */
	WHY_CORRUPT,  /* the input violates its format */
	WHY_USAGE,    /* an option, operand or setting is not valid */
	WHY_EXISTS,   /* the run would overwrite finished work */
	WHY_TAMPERED, /* a digest, checksum or total does not match */
	WHY_LOCKED,   /* another run has locked the directory or file */
	WHY_DENIED,   /* the target refuses access */
	WHY_REFUSED,  /* the target refuses too many records */
	WHY_NETWORK,  /* the target did not respond or failed temporarily */
	WHY_STOPPED,  /* the run was interrupted by a signal */
	WHY_FOREIGN,  /* a library failed */
};

#define ERR_TEXT_MAX 512

struct err {
	enum rc rc;
	enum why why;
	int sys; /* errno of the failed system call; 0: no system call failed */
	/* Text of the failure: one sentence without a full stop. */
	char text[ERR_TEXT_MAX];
};

/* Make e empty. */
void err_clear(struct err *e);

/* Fill e and return rc, so that a failure is one statement. */
enum rc err_set(struct err *e, enum rc rc, enum why why, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Fill e after a failed system call: WHY_SYSTEM, and the message ends with the
 * description of errno. For ENOSPC and EDQUOT RC_RETRY is returned instead of
 * rc, since space may become free. */
enum rc err_sys(struct err *e, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Report that memory is exhausted: RC_FATAL, WHY_MEMORY. err_nomem() is inline
 * so that static analysis sees what it returns. */
void err_set_nomem(struct err *e);

static inline enum rc
err_nomem(struct err *e)
{
	err_set_nomem(e);
	return RC_FATAL;
}

#endif
