/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input/unpack_why.h"

#define REASON_MAX 2048U

/* The text of the last failure, of the stream or of libarchive. */
static const char *
reason(struct unpack *u)
{
	const char *const text = u->la->archive_error_string(u->a);

	if (u->below.rc != RC_OK)
		return u->below.text;
	return text == NULL ? "it is broken" : text;
}

/* Write the text of libarchive, without a newline at its end, and the system's
 * text of the error number, which libarchive leaves to its callers. libarchive
 * may report unreadable data as damage, so errno, which was 0 before, is
 * checked for EIO. Negative numbers, EILSEQ and EINVAL mean faults of the
 * archive. */
static enum why
describe(struct unpack *u, char text[REASON_MAX])
{
	const int own = errno == EIO ? EIO : u->la->archive_errno(u->a);
	const int n = u->below.rc == RC_OK ? own : 0;
	const char *const sys =
	    n > 0 && n != EILSEQ && n != EINVAL ? strerrordesc_np(n) : NULL;

	(void)snprintf(text, REASON_MAX, "%s", reason(u));
	size_t at = strlen(text);
	while (at > 0 && text[at - 1] == '\n')
		at--;
	(void)snprintf(text + at, REASON_MAX - at, "%s%s",
	    sys == NULL ? "" : ": ", sys == NULL ? "" : sys);
	return sys == NULL ? WHY_CORRUPT : WHY_SYSTEM;
}

bool
unpack_why_is_memory(struct unpack *u)
{
	return errno == ENOMEM ||
	       (u->a != NULL && u->la->archive_errno(u->a) == ENOMEM);
}

enum rc
unpack_why_memory(struct unpack *u, struct err *e)
{
	return err_set(
	    e, RC_FATAL, WHY_MEMORY, "%s: out of memory", u->from.name);
}

enum rc
unpack_why_archive(struct unpack *u, struct err *e)
{
	char text[REASON_MAX];

	u->dead = true;
	if (unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	if (u->below.rc == RC_FATAL) {
		*e = u->below;
		return RC_FATAL;
	}
	if (strcasestr(reason(u), "encrypted") != NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is encrypted in a way that is not supported: unpack it "
		    "with the program that made it",
		    u->from.name);
	const enum why why = describe(u, text);
	return err_set(e, RC_SKIP, why, "%s cannot be read %s: %s",
	    u->from.name, u->members == 0 ? "as an archive" : "to its end",
	    text);
}

enum rc
unpack_why_member(struct unpack *u, struct err *e)
{
	char text[REASON_MAX];

	u->open = false;
	if (u->below.rc == RC_FATAL) {
		*e = u->below;
		return RC_FATAL;
	}
	if (strcasestr(reason(u), "passphrase") != NULL)
		return err_set(e, RC_SKIP, WHY_USAGE,
		    u->o.password == NULL
			? "it is encrypted: give the password with "
			  "--archive-password-file or --archive-password-fd"
			: "it is encrypted, and the password is wrong");
	if (strcasestr(reason(u), "encrypted") != NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "it is encrypted in a way that is not supported: unpack "
		    "the archive with the program that made it");
	const enum why why = describe(u, text);
	return err_set(e, RC_SKIP, why, "%s%s", text,
	    u->encrypted ? " (or the password is wrong)" : "");
}
