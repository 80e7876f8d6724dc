/* SPDX-License-Identifier: Apache-2.0 */
#include "input/unchanged.h"

enum rc
unchanged_check(
    int fd, const char *name, const struct stat *before, struct err *e)
{
	struct stat now;

	if (fstat(fd, &now) == -1)
		return err_sys(e, RC_SKIP, "stat %s", name);
	if (now.st_size == before->st_size &&
	    now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
	    now.st_ctim.tv_sec == before->st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == before->st_ctim.tv_nsec)
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "%s changed while it was read: use a copy that nobody writes to",
	    name);
}
