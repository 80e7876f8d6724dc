/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program, lets its n-th call of a function fail.
 *
 *   FAIL_CALL    malloc, read pread write pwrite fsync flush ftruncate open
 *                look list stat access rename mkdir or unlink
 *   FAIL_AT      n, from 1
 *   FAIL_ERRNO   the number it fails with; 0: half of the bytes instead
 *   FAIL_ALWAYS  set: all calls after the n-th fail, too
 *   FAIL_TOLD    a file that gets a byte when it happens
 *   FAIL_COUNT   set: how many calls there were is said at the end
 *
 * "open" is of files that are created, "look" of those that are there, "list"
 * is of the names in a folder. Calls of what the preloaded object itself needs
 * do not count. A failing call never reaches the kernel, and what the object
 * needs of it is opened before main(): so it works in a sandbox, too.
 */
#include <dirent.h>
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
extern void *__libc_memalign(size_t align, size_t n);

static const char *call;
static long at;
static int code;
static bool always;
static int told = -1;
static atomic_long seen;

__attribute__((constructor)) static void
begin(void)
{
	const char *const n = getenv("FAIL_AT");
	const char *const number = getenv("FAIL_ERRNO");

	const char *const file = getenv("FAIL_TOLD");

	if (file != NULL)
		told = (int)syscall(SYS_openat, AT_FDCWD, file,
		    O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
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
	if (n == at && told != -1)
		(void)syscall(SYS_write, told, "!", 1);
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

void *
memalign(size_t align, size_t n)
{
	return fails("malloc") ? NULL : __libc_memalign(align, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	if (fails("malloc"))
		return ENOMEM;
	*p = __libc_memalign(align, n);
	return *p == NULL ? ENOMEM : 0;
}

/* --- files --------------------------------------------------------------- */

ssize_t
write(int fd, const void *p, size_t n)
{
	/* Messages to a person are no data. */
	const bool bad = fd != STDERR_FILENO && fails("write");

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

ssize_t
read(int fd, void *p, size_t n)
{
	const bool bad = fails("read");

	if (bad && code != 0)
		return -1;
	return syscall(SYS_read, fd, p, bad && n > 1 ? n / 2 : n);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t off)
{
	const bool bad = fails("pread");

	if (bad && code != 0)
		return -1;
	return syscall(SYS_pread64, fd, p, bad && n > 1 ? n / 2 : n, off);
}

ssize_t
pread(int fd, void *p, size_t n, off_t off)
{
	return pread64(fd, p, n, off);
}

int
sync_file_range(int fd, off64_t off, off64_t n, unsigned how)
{
	return fails("flush")
		   ? -1
		   : (int)syscall(SYS_sync_file_range, fd, off, n, how);
}

/* No power fails here, and waiting for disks is most of a short run. */
int
fsync(int fd)
{
	(void)fd;
	return fails("fsync") ? -1 : 0;
}

int
fdatasync(int fd)
{
	return fsync(fd);
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
	if (fails((how & O_CREAT) != 0 ? "open" : "look"))
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

/* The function of that name behind this one. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* --- names --------------------------------------------------------------- */

int
rename(const char *from, const char *to)
{
	return fails("rename") ? -1 : NEXT(rename)(from, to);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	return fails("rename") ? -1 : NEXT(renameat)(a, from, b, to);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails("mkdir") ? -1 : NEXT(mkdir)(path, mode);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	return fails("mkdir") ? -1 : NEXT(mkdirat)(dir, path, mode);
}

int
unlink(const char *path)
{
	return fails("unlink") ? -1 : NEXT(unlink)(path);
}

int
unlinkat(int dir, const char *path, int how)
{
	return fails("unlink") ? -1 : NEXT(unlinkat)(dir, path, how);
}

int
faccessat(int dir, const char *path, int mode, int how)
{
	return fails("access") ? -1 : NEXT(faccessat)(dir, path, mode, how);
}

struct dirent *
readdir(DIR *d)
{
	return fails("list") ? NULL : NEXT(readdir)(d);
}

int
stat(const char *path, struct stat *st)
{
	return fails("stat") ? -1 : NEXT(stat)(path, st);
}

int
lstat(const char *path, struct stat *st)
{
	return fails("stat") ? -1 : NEXT(lstat)(path, st);
}

int
fstat(int fd, struct stat *st)
{
	return fails("stat") ? -1 : NEXT(fstat)(fd, st);
}

int
fstatat(int dir, const char *path, struct stat *st, int how)
{
	return fails("stat") ? -1 : NEXT(fstatat)(dir, path, st, how);
}

/* With 64-bit offsets they go by these names. */
struct dirent64 *
readdir64(DIR *d)
{
	return fails("list") ? NULL : NEXT(readdir64)(d);
}

int
stat64(const char *path, struct stat64 *st)
{
	return fails("stat") ? -1 : NEXT(stat64)(path, st);
}

int
lstat64(const char *path, struct stat64 *st)
{
	return fails("stat") ? -1 : NEXT(lstat64)(path, st);
}

int
fstat64(int fd, struct stat64 *st)
{
	return fails("stat") ? -1 : NEXT(fstat64)(fd, st);
}

int
fstatat64(int dir, const char *path, struct stat64 *st, int how)
{
	return fails("stat") ? -1 : NEXT(fstatat64)(dir, path, st, how);
}
