/* SPDX-License-Identifier: Apache-2.0 */
/* A staging on a disk that forgets what was not synced, and on one that fails:
 * the calls of the writer are intercepted and watched. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stage/writer.h"
#include "tests/unit/helper.h"

#define INODES_MAX 64U

/* What a power cut would destroy: bytes of files and names in folders that were
 * not synced. The writer has a thread of its own. */
static struct {
	pthread_mutex_t lock;
	ino_t dirty[INODES_MAX];
	size_t n;
	char early[64]; /* a file that was named while it was dirty */

	const char *failing; /* the call whose n-th use fails, or NULL */
	unsigned at;
	unsigned calls;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER };

static char dir[TEMP_MAX];
static struct err error;

static bool
is_dirty(ino_t ino)
{
	size_t i = 0;

	while (i < disk.n && disk.dirty[i] != ino)
		i++;
	return i < disk.n;
}

static void
mark(int fd, bool dirty)
{
	struct stat st;

	/* An assertion would leave the writer's thread. */
	if (fstat(fd, &st) == -1)
		abort();
	(void)pthread_mutex_lock(&disk.lock);
	if (dirty && !is_dirty(st.st_ino)) {
		if (disk.n == INODES_MAX)
			abort();
		disk.dirty[disk.n++] = st.st_ino;
	}
	for (size_t i = 0; i < disk.n && !dirty; i++) {
		if (disk.dirty[i] == st.st_ino)
			disk.dirty[i] = disk.dirty[--disk.n];
	}
	(void)pthread_mutex_unlock(&disk.lock);
}

static bool
fails(const char *call)
{
	(void)pthread_mutex_lock(&disk.lock);
	const bool now = disk.failing != NULL &&
			 strcmp(disk.failing, call) == 0 &&
			 ++disk.calls == disk.at;
	(void)pthread_mutex_unlock(&disk.lock);
	if (now)
		errno = ENOSPC;
	return now;
}

/* --- in the place of the C library's -------------------------------------- */

ssize_t
write(int fd, const void *p, size_t n)
{
	if (fails("write"))
		return -1;
	const ssize_t done = syscall(SYS_write, fd, p, n);
	if (done > 0)
		mark(fd, true);
	return done;
}

int
fsync(int fd)
{
	if (fails("fsync"))
		return -1;
	mark(fd, false);
	return 0;
}

int
renameat(int from, const char *old, int to, const char *new)
{
	struct stat st;

	if (fails("renameat"))
		return -1;
	if (fstatat(from, old, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_dirty(st.st_ino))
		(void)snprintf(disk.early, sizeof(disk.early), "%s", new);
	const long done = syscall(SYS_renameat2, from, old, to, new, 0);
	if (done == 0)
		mark(to, true);
	return (int)done;
}

/* --- a staging ------------------------------------------------------------ */

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	disk.early[0] = '\0';
	disk.failing = NULL;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	temp_remove(dir);
	return 0;
}

/* Fills four segments and four line files. */
static enum rc
fill(struct writer *w, struct manifest *m)
{
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < 4; i++)
		rc = writer_lines(w, SPAN("{\"a\":\"bcdef\"}\n"), 1, &error);
	if (rc == RC_OK)
		rc = writer_damage(w, SPAN("{\"d\":1}\n"), &error);
	if (rc == RC_OK)
		rc = writer_chunks(w, SPAN("{\"c\":1}\n"), &error);
	if (rc == RC_OK)
		rc = writer_begin_end(w, &error);
	if (rc == RC_OK)
		rc = writer_sources(w, SPAN("{\"s\":1}\n"), &error);
	if (rc == RC_OK)
		rc = writer_logs(w, SPAN("{\"l\":1}\n"), &error);
	if (rc == RC_OK)
		rc = writer_end(w, m, &error);
	return rc == RC_OK ? writer_publish(w, m, &error) : rc;
}

static enum rc
stage(const char *folder, int level)
{
	static const struct manifest_pair none[] = { { NULL, NULL } };
	static const char *const reasons[ACCOUNT_REASONS] = { "kept" };
	const struct writer_options o = { .dir = folder,
		.fd = -1,
		.segment_bytes = 10,
		.level = level,
		.threads = 2 };
	struct manifest m = { .tool_version = "1",
		.tool_commit = "a",
		.schema = "raw",
		.set_name = "all",
		.set_sha256 = "00",
		.reasons = reasons,
		.options = none,
		.run = none };
	struct writer *w = NULL;

	disk.n = 0;
	err_clear(&error);
	enum rc rc = writer_open(&w, &o, &error);
	if (rc == RC_OK)
		rc = fill(w, &m);
	manifest_free(&m);
	writer_close(w);
	return rc;
}

static void
assert_synced(const char *name)
{
	struct stat st;

	assert_int_equal(stat(in(dir, name), &st), 0);
	if (is_dirty(st.st_ino))
		fail_msg("%s has names that were not synced", name);
}

/* In another order a power cut could leave a manifest with empty segments. */
static void
bytes_are_synced_before_names_and_names_before_the_end(void **state)
{
	(void)state;
	assert_ok(stage(in(dir, "packed"), 1));
	assert_true(file_there(in(dir, "packed/segments/000004.ndjson.zst")));
	assert_synced("packed/segments");
	assert_ok(stage(in(dir, "out"), 0));
	assert_true(file_there(in(dir, "out/segments/000004.ndjson")));
	assert_true(file_there(in(dir, "out/damage.ndjson")));
	assert_true(file_there(in(dir, "out/manifest.json")));
	if (disk.early[0] != '\0')
		fail_msg(
		    "%s has its name before its bytes are on disk", disk.early);
	assert_synced("out/segments");
	assert_synced("out");
}

/* Make the n-th call fail; later calls succeed. */
static bool
fail_once(const char *call, unsigned n, int level)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s-%d-%u", call, level, n);
	disk.failing = call;
	disk.at = n;
	disk.calls = 0;
	const enum rc rc = stage(in(dir, name), level);
	disk.failing = NULL;
	if (disk.calls < n) {
		assert_ok(rc);
		return false;
	}
	if (rc == RC_OK)
		fail_msg("failure %u of %s() is not reported", n, call);
	assert_int_equal(error.why, WHY_SYSTEM);
	assert_says(error, strerror(ENOSPC));
	return true;
}

static void
every_failure_is_reported(void **state)
{
	static const char *const calls[] = { "write", "fsync", "renameat" };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(calls); i++) {
		unsigned n = 1;
		while (fail_once(calls[i / 2], n, i % 2))
			n++;
		/* Four segments, four files of lines and the manifest. */
		assert_true(n > 9);
	}
}

static void
a_directory_with_a_failed_write_is_not_finished(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 9; n++) {
		char name[64];
		assert_true(fail_once("write", n, 0));
		(void)snprintf(
		    name, sizeof(name), "write-0-%u/manifest.json", n);
		assert_false(file_there(in(dir, name)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    bytes_are_synced_before_names_and_names_before_the_end,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    every_failure_is_reported, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_directory_with_a_failed_write_is_not_finished, setup,
		    teardown),
	};

	return RUN(tests);
}
