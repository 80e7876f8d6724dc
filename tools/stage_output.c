/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "tools/stage_output.h"

enum rc
stage_output_check(const char *dir, bool *shared, struct err *e)
{
	struct stat st;

	*shared = false;
	/* The caller creates the directory, and reports failures. */
	if (stat(dir, &st) == -1)
		return RC_OK;
	if (st.st_uid != geteuid())
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s belongs to user %lu, who could change rows while they "
		    "are written: use a folder of your own",
		    dir, (unsigned long)st.st_uid);
	if ((st.st_mode & S_IWOTH) != 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "everybody can write to %s and could change rows while "
		    "they are written: run chmod o-w, or use another folder",
		    dir);
	*shared = (st.st_mode & S_IWGRP) != 0;
	return RC_OK;
}
