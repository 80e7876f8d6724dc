/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file that is compressed, without an archive around it.
 */
#include <string.h>
#include <unistd.h>

#include "input/file_type.h"
#include "input/unpack_inner.h"

static bool
begins_packed(int fd)
{
	uint8_t bytes[FILE_TYPE_FIRST_BYTES];
	const ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	return n > 0 &&
	       file_type_of(span_of(bytes, (size_t)n)) == FILE_TYPE_COMPRESSED;
}

enum rc
unpack_alone(struct unpack *u, struct err *e)
{
	const char *const slash = strrchr(u->from.name, '/');
	const char *const base = slash == NULL ? u->from.name : slash + 1;

	u->compressed =
	    u->from.fd == -1 ? u->from.compressed : begins_packed(u->from.fd);
	if (!u->compressed)
		return RC_OK;
	u->alone = strndup(base, file_type_unpacked_name(base));
	return u->alone == NULL ? err_nomem(e) : RC_OK;
}
