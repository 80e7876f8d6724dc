/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "input/file_type.h"
#include "input/member.h"

bool
member_is_wanted(const struct unpack_member *m)
{
	if (m->kind == UNPACK_LOST || m->nameless)
		return true;
	if (m->kind == UNPACK_FILE && (m->doubtful || m->alone))
		return true;
	return file_type_is_archive_name(m->name) ||
	       file_type_is_packed_log_name(m->name) ||
	       file_type_is_log_name(m->name);
}

bool
member_is_called_log(const struct unpack_member *m)
{
	return !m->nameless && !m->doubtful && !m->alone &&
	       m->kind != UNPACK_LOST && file_type_is_log_name(m->name);
}

const char *
member_refusal(enum unpack_kind kind)
{
	static const char lost[] =
	    "is in the archive's list of members and not in its place: the "
	    "archive is damaged there";
	static const char *const refusals[] = {
		[UNPACK_FILE] = NULL,
		[UNPACK_FOLDER] = NULL,
		[UNPACK_LINK] = "is a link inside an archive",
		[UNPACK_SPECIAL] = "is not a regular file",
		[UNPACK_LOST] = lost,
	};

	return refusals[kind];
}
