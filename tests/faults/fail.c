/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program, lets its n-th call of a function fail.
 *
 *   FAIL_CALL    write pwrite fsync open rename mkdir ftruncate or malloc
 *   FAIL_AT      n, from 1
 *   FAIL_ERRNO   the number it fails with; 0: a short write instead
 *   FAIL_ALWAYS  set: all calls after the n-th fail, too
 *   FAIL_TOLD    a file that is made when it happens
 *   FAIL_COUNT   set: how many calls there were is said at the end
 *
 * Calls of what the preloaded object itself needs do not count.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static const char *call;
static long at;
static int code;
static bool always;
static const char *told;
static atomic_long seen;

__attribute__((constructor)) static void
begin(void)
{
	const char *const n = getenv("FAIL_AT");
	const char *const number = getenv("FAIL_ERRNO");

	told = getenv("FAIL_TOLD");
	always = getenv("FAIL_ALWAYS") != NULL;
	code = number != NULL ? (int)strtol(number, NULL, 10) : ENOSPC;
	at = n != NULL ? strtol(n, NULL, 10) : 0;
	call = getenv("FAIL_CALL");
}

__attribute__((destructor)) static void
end(void)
{
	if (getenv("FAIL_COUNT") != NULL)
		(void)dprintf(STDERR_FILENO, "%s: %ld calls\n", call, seen);
}

static bool
fails(const char *name)
{
	if (call == NULL || strcmp(call, name) != 0)
		return false;
	const long n = ++seen;
	if (n < at || (n > at && !always))
		return false;
	if (n == at && told != NULL)
		(void)syscall(
		    SYS_close, (int)syscall(SYS_openat, AT_FDCWD, told,
				   O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	errno = code;
	return true;
}

/* --- memory -------------------------------------------------------------- */

void *
malloc(size_t n)
{
	return fails("malloc") ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails("malloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails("malloc") ? NULL : __libc_realloc(p, n);
}

/* --- files --------------------------------------------------------------- */

ssize_t
write(int fd, const void *p, size_t n)
{
	/* Messages to a person are no data. */
	const bool bad = fd > 2 && fails("write");

	if (bad && code != 0)
		return -1;
	return syscall(SYS_write, fd, p, bad && n > 1 ? n / 2 : n);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t off)
{
	const bool bad = fails("pwrite");

	if (bad && code != 0)
		return -1;
	return syscall(SYS_pwrite64, fd, p, bad && n > 1 ? n / 2 : n, off);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
	return pwrite64(fd, p, n, off);
}

int
fsync(int fd)
{
	return fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return fails("fsync") ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate64(int fd, off64_t n)
{
	return fails("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

int
ftruncate(int fd, off_t n)
{
	return ftruncate64(fd, n);
}

static int
open_at(int dir, const char *path, int how, mode_t mode)
{
	if ((how & O_CREAT) != 0 && fails("open"))
		return -1;
	return (int)syscall(SYS_openat, dir, path, how, mode);
}

#define MODE_OF(how, mode) \
	do { \
		va_list ap; \
		va_start(ap, how); \
		(mode) = ((how)&O_CREAT) != 0 ? va_arg(ap, mode_t) : 0; \
		va_end(ap); \
	} while (0)

int
open(const char *path, int how, ...)
{
	mode_t mode;

	MODE_OF(how, mode);
	return open_at(AT_FDCWD, path, how, mode);
}

int
open64(const char *path, int how, ...)
{
	mode_t mode;

	MODE_OF(how, mode);
	return open_at(AT_FDCWD, path, how, mode);
}

int
openat(int dir, const char *path, int how, ...)
{
	mode_t mode;

	MODE_OF(how, mode);
	return open_at(dir, path, how, mode);
}

int
openat64(int dir, const char *path, int how, ...)
{
	mode_t mode;

	MODE_OF(how, mode);
	return open_at(dir, path, how, mode);
}

int
rename(const char *from, const char *to)
{
	return fails("rename") ? -1
			       : (int)syscall(SYS_renameat2, AT_FDCWD, from,
				     AT_FDCWD, to, 0);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	return fails("rename") ? -1
			       : (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails("mkdir") ? -1
			      : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}
