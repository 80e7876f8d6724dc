/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: the return value says what to do, the struct says why.
 *
 * Every function that can fail returns enum rc and takes a struct err owned by
 * its caller. The struct is filled once, where the fault is first seen; layers
 * above pass it on untouched. Nothing here prints or exits.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include <stdarg.h>

/* What the caller has to do. */
enum rc {
	RC_OK,    /* done */
	RC_END,   /* nothing more to come */
	RC_SKIP,  /* this one is lost, progress was made, go on */
	RC_RETRY, /* temporary: the same call may succeed later */
	RC_FATAL, /* stop */
};

/* Why: the tools turn it into their exit status. */
enum why {
	WHY_NONE,
	WHY_SYSTEM,   /* a system call; err.sys has the errno */
	WHY_MEMORY,   /* no memory */
	WHY_LIMIT,    /* a named maximum was reached */
	WHY_CORRUPT,  /* input that is not what its format says */
	WHY_USAGE,    /* what the caller asked for makes no sense */
	WHY_EXISTS,   /* would overwrite finished work */
	WHY_TAMPERED, /* a digest or a sum does not hold */
	WHY_LOCKED,   /* another run owns it */
	WHY_DENIED,   /* the target refuses us */
	WHY_REFUSED,  /* the target refuses too many records */
	WHY_NETWORK,  /* no answer, or a temporary one */
	WHY_STOPPED,  /* interrupted by a signal */
	WHY_FOREIGN,  /* a library failed; the text is its own */
};

#define ERR_TEXT_MAX 512

struct err {
	enum rc rc;
	enum why why;
	int sys;                 /* errno, 0 if none */
	char text[ERR_TEXT_MAX]; /* one sentence without a full stop */
};

/* Forget what e says. */
void err_clear(struct err *e);

/* Fill e and return rc, so that a failure is one statement. */
enum rc err_set(struct err *e, enum rc rc, enum why why, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a system call: appends the text of errno. ENOSPC and EDQUOT
 * become RC_RETRY: somebody may make room. */
enum rc err_sys(struct err *e, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* No memory: RC_FATAL. */
enum rc err_nomem(struct err *e);

#endif
