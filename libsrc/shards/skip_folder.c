/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shards/skip_folder.h"
#include "util/io.h"

#define SUFFIX ".skip"
#define FLUSH_BYTES ((size_t)1 << 20)
#define NAME_BYTES 32

/* A skip list in the folder. */
struct written {
	uint32_t shard;
	struct skip_list_info info;
};

struct skip_folder {
	int fd;
	struct written *lists; /* written lists, sorted by shard */
	size_t n;
	size_t next; /* index of the list that skip_folder_info() tries first */
	/* Members about the list that is being written: */
	int file;
	char name[NAME_BYTES];
	struct digest *digest;
	struct buf text;
};

/* --- the folder ----------------------------------------------------------- */

static bool
is_list(const char *name)
{
	const size_t digits = strspn(name, "0123456789");

	return digits != 0 && strcmp(name + digits, SUFFIX) == 0;
}

static enum rc
remove_lists(DIR *d, const char *folder, struct err *e)
{
	const char *name = NULL;
	enum rc rc = RC_OK;

	while (
	    rc == RC_OK && (rc = io_next_name(d, folder, &name, e)) == RC_OK) {
		if (!is_list(name))
			rc = err_set(e, RC_FATAL, WHY_EXISTS,
			    "%s contains the file %.100s, which merge-check "
			    "did not write: remove the file or give another -o",
			    folder, name);
		else if (unlinkat(dirfd(d), name, 0) == -1)
			rc = err_sys(e, RC_FATAL, "remove %s/%s", folder, name);
	}
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
remove_folder(int parent, const char *folder, struct err *e)
{
	const int fd = openat(
	    parent, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		return RC_OK;
	DIR *const d = fd == -1 ? NULL : fdopendir(fd);
	if (d == NULL) {
		(void)err_sys(e, RC_FATAL, "open %s", folder);
		if (fd != -1)
			(void)close(fd);
		return e->rc;
	}
	const enum rc rc = remove_lists(d, folder, e);
	(void)closedir(d);
	if (rc == RC_OK && unlinkat(parent, folder, AT_REMOVEDIR) == -1)
		return err_sys(e, RC_FATAL, "remove %s", folder);
	return rc;
}

enum rc
skip_folder_remove(int parent, const char *name, struct err *e)
{
	char *folder = NULL;

	if (asprintf(&folder, "%s" SUFFIX, name) == -1)
		return err_nomem(e);
	const enum rc rc = remove_folder(parent, folder, e);
	free(folder);
	return rc;
}

/* --- lists ---------------------------------------------------------------- */

static enum rc
flush(struct skip_folder *f, struct err *e)
{
	enum rc rc = digest_add(f->digest, buf_span(&f->text), e);

	if (rc == RC_OK)
		rc = io_write(f->file, buf_span(&f->text), f->name, e);
	buf_cut(&f->text, 0);
	return rc;
}

static enum rc
end_list(struct skip_folder *f, struct err *e)
{
	if (f->file == -1)
		return RC_OK;
	enum rc rc = flush(f, e);
	if (rc == RC_OK)
		rc = digest_final_hex(
		    f->digest, f->lists[f->n - 1].info.sha256, e);
	if (rc == RC_OK && fsync(f->file) == -1)
		rc = err_sys(e, RC_FATAL, "sync %s", f->name);
	(void)close(f->file);
	f->file = -1;
	return rc;
}

static enum rc
begin_list(struct skip_folder *f, uint32_t shard, struct err *e)
{
	struct written *const more =
	    realloc(f->lists, (f->n + 1) * sizeof(*more));

	if (more == NULL)
		return err_nomem(e);
	f->lists = more;
	f->lists[f->n++] = (struct written){ .shard = shard };
	(void)snprintf(f->name, sizeof(f->name), "%u" SUFFIX, shard);
	f->file = openat(f->fd, f->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->file == -1)
		return err_sys(e, RC_FATAL, "create %s", f->name);
	return digest_restart(f->digest, e);
}

static enum rc
add_row(
    void *arg, uint32_t shard, const struct skip_list_row *row, struct err *e)
{
	struct skip_folder *const f = arg;
	enum rc rc = RC_OK;

	if (f->n == 0 || f->lists[f->n - 1].shard != shard) {
		rc = end_list(f, e);
		if (rc == RC_OK)
			rc = begin_list(f, shard, e);
	}
	if (rc != RC_OK)
		return rc;
	skip_list_put(&f->text, row);
	f->lists[f->n - 1].info.rows++;
	if (f->text.full)
		return err_nomem(e);
	return f->text.n >= FLUSH_BYTES ? flush(f, e) : RC_OK;
}

/* Create the folder and write the lists into it. */
static enum rc
write_lists(struct skip_folder *f, int parent, const char *folder,
    const struct shard_rows *rows, struct err *e)
{
	const struct shard_rows_visit visit = { add_row, f };
	enum rc rc = io_open_dir(parent, folder, &f->fd, e);

	if (rc == RC_OK)
		rc = digest_create(&f->digest, e);
	if (rc == RC_OK)
		rc = shard_rows_each(rows, &visit, e);
	if (rc == RC_OK)
		rc = end_list(f, e);
	return rc == RC_OK ? io_sync_dir(f->fd, folder, e) : rc;
}

enum rc
skip_folder_write(struct skip_folder **fp, int parent, const char *name,
    const struct shard_rows *rows, struct err *e)
{
	struct skip_folder *const f = calloc(1, sizeof(*f));
	char *folder = NULL;

	*fp = f;
	if (f == NULL)
		return err_nomem(e);
	f->fd = -1;
	f->file = -1;
	buf_init(&f->text, FLUSH_BYTES + (size_t)2 * SKIP_LIST_LINE);
	if (asprintf(&folder, "%s" SUFFIX, name) == -1)
		return err_nomem(e);
	const enum rc rc = write_lists(f, parent, folder, rows, e);
	free(folder);
	return rc;
}

void
skip_folder_free(struct skip_folder *f)
{
	if (f == NULL)
		return;
	if (f->file != -1)
		(void)close(f->file);
	if (f->fd != -1)
		(void)close(f->fd);
	digest_destroy(f->digest);
	buf_reset(&f->text);
	free(f->lists);
	free(f);
}

const struct skip_list_info *
skip_folder_info(struct skip_folder *f, uint32_t shard)
{
	while (f->next < f->n && f->lists[f->next].shard < shard)
		f->next++;
	return f->next < f->n && f->lists[f->next].shard == shard
		   ? &f->lists[f->next].info
		   : NULL;
}
