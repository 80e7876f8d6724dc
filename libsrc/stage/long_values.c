/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/long_values.h"
#include "util/io.h"

#define DIGITS ((size_t)DIGEST_HEX - 1)

static bool
is_digest(const char *name)
{
	return strspn(name, "0123456789abcdef") == DIGITS &&
	       strlen(name) == DIGITS;
}

/* True for the name of a value, and for .SHA256.tmp, which a killed run may
 * have left (io_write_file()). */
static bool
is_ours(const char *name)
{
	return is_digest(name) ||
	       (name[0] == '.' &&
		   strspn(name + 1, "0123456789abcdef") == DIGITS &&
		   strcmp(name + 1 + DIGITS, ".tmp") == 0);
}

/* Called with each name in the folder. */
typedef enum rc visit(
    int fd, const char *name, struct manifest *m, struct err *e);

static enum rc
visit_all(int stagingfd, visit *call, struct manifest *m, struct err *e)
{
	const int fd = openat(stagingfd, FIELDS_DIR,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const char *name;
	enum rc rc = RC_OK;

	if (fd == -1 && errno == ENOENT)
		return RC_OK;
	DIR *const d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		rc = err_sys(e, RC_FATAL, "read folder " FIELDS_DIR);
		if (fd != -1)
			(void)close(fd);
		return rc;
	}
	while (rc == RC_OK &&
	       (rc = io_next_name(d, FIELDS_DIR, &name, e)) == RC_OK)
		rc = call(fd, name, m, e);
	(void)closedir(d);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
check_name(int fd, const char *name, struct manifest *m, struct err *e)
{
	(void)fd;
	(void)m;
	return is_ours(name)
		   ? RC_OK
		   : err_set(e, RC_FATAL, WHY_EXISTS,
			 FIELDS_DIR
			 "/%s does not belong to a staging directory: "
			 "choose another folder",
			 name);
}

static enum rc
remove_file(int fd, const char *name, struct manifest *m, struct err *e)
{
	const enum rc rc = check_name(fd, name, m, e);

	if (rc != RC_OK || unlinkat(fd, name, 0) == 0)
		return rc;
	return err_sys(e, RC_FATAL, "remove " FIELDS_DIR "/%s", name);
}

enum rc
long_values_check(int stagingfd, struct err *e)
{
	return visit_all(stagingfd, check_name, NULL, e);
}

enum rc
long_values_remove(int stagingfd, struct err *e)
{
	const enum rc rc = visit_all(stagingfd, remove_file, NULL, e);

	if (rc != RC_OK || unlinkat(stagingfd, FIELDS_DIR, AT_REMOVEDIR) == 0 ||
	    errno == ENOENT)
		return rc;
	return err_sys(e, RC_FATAL, "remove folder " FIELDS_DIR);
}

enum rc
long_values_write(
    int stagingfd, const char *sha256, struct span bytes, struct err *e)
{
	int fd;
	enum rc rc = io_open_dir(stagingfd, FIELDS_DIR, &fd, e);

	if (rc != RC_OK)
		return rc;
	if (faccessat(fd, sha256, F_OK, 0) == -1)
		rc = io_write_file(fd, sha256, bytes, e);
	(void)close(fd);
	return rc;
}

static enum rc
add_field(int fd, const char *name, struct manifest *m, struct err *e)
{
	struct stat st;

	if (!is_digest(name))
		return RC_OK;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, RC_FATAL, "stat " FIELDS_DIR "/%s", name);
	struct manifest_field *const f = manifest_add_field(m);
	if (f == NULL)
		return err_nomem(e);
	memcpy(f->sha256, name, DIGEST_HEX);
	f->bytes = (uint64_t)st.st_size;
	return RC_OK;
}

static int
compare_digests(const void *a, const void *b)
{
	const struct manifest_field *const x = a;
	const struct manifest_field *const y = b;

	return strcmp(x->sha256, y->sha256);
}

enum rc
long_values_list(int stagingfd, struct manifest *m, struct err *e)
{
	const enum rc rc = visit_all(stagingfd, add_field, m, e);

	if (m->n_fields > 1)
		qsort(m->fields, m->n_fields, sizeof(*m->fields),
		    compare_digests);
	return rc;
}
