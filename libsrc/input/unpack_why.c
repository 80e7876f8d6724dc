/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <archive.h>

#include "input/unpack_why.h"

/* libarchive's text for its last failure. */
static const char *
reason(struct unpack *u)
{
	const char *const text = archive_error_string(u->a);

	if (u->below.rc != RC_OK)
		return u->below.text;
	return text == NULL ? "it is broken" : text;
}

/* The system's text for the last failure, or "". libarchive leaves it to its
 * callers, and may call unreadable data broken; errno was 0 before. Its other
 * numbers are for faults of the archive. */
static const char *
system_says(struct unpack *u)
{
	const int own = errno == EIO ? EIO : archive_errno(u->a);
	const int n = u->below.rc == RC_OK ? own : 0;
	const char *const text =
	    n > 0 && n != EILSEQ && n != EINVAL ? strerrordesc_np(n) : NULL;

	return text == NULL ? "" : text;
}

/* Append to the text, without the newline at the end of some of libarchive's
 * texts. */
static void
tidy(struct err *e, const char *more)
{
	size_t n = strlen(e->text);

	while (n > 0 && e->text[n - 1] == '\n')
		n--;
	(void)snprintf(e->text + n, sizeof(e->text) - n, "%s", more);
}

static bool
says(struct unpack *u, const char *what)
{
	return strcasestr(reason(u), what) != NULL;
}

bool
unpack_why_is_memory(struct unpack *u)
{
	return errno == ENOMEM ||
	       (u->a != NULL && archive_errno(u->a) == ENOMEM);
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
	u->dead = true;
	if (unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	if (u->below.rc == RC_FATAL) {
		*e = u->below;
		return RC_FATAL;
	}
	if (says(u, "encrypted"))
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is encrypted in a way that cannot be read: unpack it "
		    "by its own program",
		    u->from.name);
	const char *const sys = system_says(u);
	(void)err_set(e, RC_SKIP, sys[0] == '\0' ? WHY_CORRUPT : WHY_SYSTEM,
	    "%s cannot be read %s: %s%s%s", u->from.name,
	    u->members == 0 ? "as an archive" : "to its end", reason(u),
	    sys[0] == '\0' ? "" : ": ", sys);
	tidy(e, "");
	return RC_SKIP;
}

enum rc
unpack_why_member(struct unpack *u, struct err *e)
{
	u->open = false;
	if (u->below.rc == RC_FATAL) {
		*e = u->below;
		return RC_FATAL;
	}
	if (says(u, "passphrase"))
		return err_set(e, RC_SKIP, WHY_USAGE,
		    u->o.password == NULL
			? "it is encrypted: give the password by "
			  "--archive-password-file or --archive-password-fd"
			: "it is encrypted, and the password is wrong");
	if (says(u, "encrypted"))
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "it is encrypted in a way that cannot be read: unpack the "
		    "archive by its own program");
	const char *const sys = system_says(u);
	(void)err_set(e, RC_SKIP, sys[0] == '\0' ? WHY_CORRUPT : WHY_SYSTEM,
	    "%s%s%s", reason(u), sys[0] == '\0' ? "" : ": ", sys);
	tidy(e, u->encrypted ? " (or the password is wrong)" : "");
	return RC_SKIP;
}
