/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "input/unpack_names.h"

enum rc
unpack_names_prepare(struct unpack_options *o, struct err *e)
{
	static const char *const all[] = { "C.UTF-8", "C.utf8", "en_US.UTF-8",
		"" };

	errno = 0;
	o->names = (locale_t)0;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (o->names == (locale_t)0)
			o->names =
			    newlocale(LC_CTYPE_MASK, all[i], (locale_t)0);
		if (errno == ENOMEM)
			return err_nomem(e);
	}
	return RC_OK;
}

void
unpack_names_forget(struct unpack_options *o)
{
	if (o->names != (locale_t)0)
		freelocale(o->names);
	o->names = (locale_t)0;
}
