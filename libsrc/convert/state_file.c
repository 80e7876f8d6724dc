/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "convert/state_file.h"

enum rc
state_file_create(int dirfd, const char *name, int *fd, struct err *e)
{
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return err_sys(e, RC_FATAL, "remove state/%s", name);
	*fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *fd == -1 ? err_sys(e, RC_FATAL, "create state/%s", name)
			 : RC_OK;
}

enum rc
state_file_open(int dirfd, const char *name, int *fd, struct err *e)
{
	*fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return *fd == -1 ? err_sys(e, RC_FATAL, "open state/%s", name) : RC_OK;
}
