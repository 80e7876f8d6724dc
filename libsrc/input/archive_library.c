/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "input/archive_library.h"

/* The name of the library since libarchive 3.0. */
#define SONAME "libarchive.so.13"
#define VERSION_MIN 3004000 /* 3.4 */

/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot have them. */
/* The compiler compares the table with libarchive's headers; it does not link
 * these names. */
#define CHECK(result, name, parameters) \
	_Static_assert( \
	    _Generic(&archive_##name, result(*) parameters : 1, default : 0), \
	    "the type of archive_" #name);
ARCHIVE_FUNCTIONS(CHECK)
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct {
	const char *name;
	size_t at; /* offset in struct archive_library */
} functions[] = {
#define FUNCTION(result, name, parameters) \
	{ "archive_" #name, offsetof(struct archive_library, archive_##name) },
	ARCHIVE_FUNCTIONS(FUNCTION)
};

static enum rc
fail(struct err *e)
{
	const char *const text = dlerror();

	if (errno == ENOMEM)
		return err_nomem(e);
	return err_set(e, RC_FATAL, WHY_FOREIGN,
	    "an input may be an archive, but libarchive, which reads archives, "
	    "cannot be loaded: %s: install it (libarchive13 on Debian)",
	    text == NULL ? SONAME " is not libarchive 3.4 or later" : text);
}

enum rc
archive_library_open(struct archive_library **lp, struct err *e)
{
	struct archive_library *const l = calloc(1, sizeof(*l));

	*lp = l;
	if (l == NULL)
		return err_nomem(e);
	errno = 0;
	void *const handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		return fail(e);
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void *const symbol = dlsym(handle, functions[i].name);
		if (symbol == NULL)
			return fail(e);
		/* C has no conversion of an object pointer to a function
		 * pointer; POSIX says that they have the same form. */
		memcpy((char *)l + functions[i].at, &symbol, sizeof(symbol));
	}
	return l->archive_version_number() < VERSION_MIN ? fail(e) : RC_OK;
}

/* The library stays in memory: it may have registered functions that run when
 * the program ends. */
void
archive_library_close(struct archive_library *l)
{
	free(l);
}
