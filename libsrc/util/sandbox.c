/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>

#include "util/sandbox.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED true
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* --- Landlock ------------------------------------------------------------- */

/* Values of the kernel's include/uapi/linux/landlock.h, version 7. The
 * installed headers may be older than the kernel and lack them. */
#define ACCESS_REFER (UINT64_C(1) << 13)
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)
#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    ACCESS_TRUNCATE)
#define ACCESS_WRITE \
	(ACCESS_READ | ACCESS_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_REFER)

struct ruleset {
	uint64_t files;
	uint64_t net;   /* rights to bind and connect; from version 4 on */
	uint64_t scope; /* abstract sockets and signals; from version 6 on */
};

/* Allow access to a path and everything below it. A path that cannot be opened
 * needs no rule; nor does a pipe (/dev/fd), for which the kernel returns
 * EBADFD. */
static enum rc
add_path(int rules, const struct ruleset *all, const struct sandbox_path *p,
    struct err *e)
{
	const int fd = open(p->path, O_PATH | O_CLOEXEC);
	struct stat st;

	/* Such a path cannot be opened without a sandbox either. */
	if (fd == -1 &&
	    (errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
		errno == EPERM || errno == ELOOP || errno == ENXIO ||
		errno == ENAMETOOLONG))
		return RC_OK;
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", p->path);
	if (fstat(fd, &st) == -1) {
		(void)err_sys(e, RC_FATAL, "stat %s", p->path);
		(void)close(fd);
		return e->rc;
	}
	uint64_t rights = p->writes ? ACCESS_WRITE : ACCESS_READ;
	if (!S_ISDIR(st.st_mode))
		rights &= ACCESS_FILE;
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = rights & all->files,
		.parent_fd = fd,
	};
	const long bad = syscall(
	    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	const enum rc rc =
	    bad == -1 && errno != EBADFD
		? err_sys(e, RC_FATAL, "allow %s in the sandbox", p->path)
		: RC_OK;
	(void)close(fd);
	return rc;
}

static enum rc
restrict_files(const struct sandbox_options *o, int version, struct err *e)
{
	/* The number of file rights that this version of Landlock can restrict,
	 * and the size of struct ruleset in this version. */
	const unsigned bits = version >= 5 ? 16 : version >= 3 ? 15 : 14;
	const struct ruleset all = { (UINT64_C(1) << bits) - 1, 3, 3 };
	const size_t size = (version >= 6      ? 3
				: version >= 4 ? 2
					       : 1) *
			    sizeof(uint64_t);
	enum rc rc = RC_OK;

	const int rules =
	    (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules == -1)
		return err_sys(e, RC_FATAL, "create the Landlock rules");
	for (size_t i = 0; rc == RC_OK && i < o->n; i++)
		rc = add_path(rules, &all, &o->paths[i], e);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) == -1)
		rc = err_sys(e, RC_FATAL, "apply the Landlock rules");
	(void)close(rules);
	return rc;
}

/* --- seccomp -------------------------------------------------------------- */

#define CALL(name, kind, why) \
	{ \
#name, SCMP_SYS(name), SANDBOX_##kind, 0, why \
	}
#define REFUSE(name, error, why) \
	{ \
#name, SCMP_SYS(name), SANDBOX_REFUSED, error, why \
	}

static const struct sandbox_call calls[] = {
	CALL(pread64, OFTEN, "sources"),
	CALL(pwrite64, SELDOM, "pages of temporary files"),
	CALL(read, SELDOM, "standard input, manifests, folders of digests"),
	CALL(openat, OFTEN, "sources, output (below the paths of Landlock)"),
	CALL(close, OFTEN, "files and folders"),
	CALL(newfstatat, OFTEN, "fstat of sources: size and times"),
	CALL(fstat, SELDOM, "fstat of sources, with another libc"),
	CALL(statx, SELDOM, "fstat of sources on 32-bit systems"),
	CALL(write, OFTEN, "segments, standard output, messages"),
	CALL(fsync, OFTEN, "files before they are renamed; folders"),
	CALL(fdatasync, SELDOM, "checkpoints"),
	CALL(sync_file_range, SELDOM, "start writing a segment to the disk"),
	CALL(ftruncate, SELDOM, "cut a file to its length at a checkpoint"),
	CALL(lseek, SELDOM, "spooled members of archives"),
	CALL(mkdir, OFTEN, "the staging folder"),
	CALL(mkdirat, OFTEN, "segments/, state/"),
	CALL(renameat, OFTEN, "publish a finished file"),
	CALL(renameat2, SELDOM, "publish, on systems without renameat"),
	CALL(unlinkat, OFTEN, "remove files of state/"),
	CALL(unlink, SELDOM, "remove the name of a temporary file"),
	CALL(faccessat2, OFTEN, "check if a manifest exists"),
	CALL(faccessat, SELDOM, "check if a manifest exists: older systems"),
	CALL(flock, OFTEN, "allow only one run at a time"),
	CALL(getdents64, OFTEN, "list the staging folder"),
	CALL(fcntl, OFTEN, "fdopendir; close-on-exec"),
	CALL(getrandom, SELDOM, "the name of a temporary file; malloc"),
	CALL(mmap, OFTEN, "memory, never executable"),
	CALL(mprotect, OFTEN, "stacks of threads, never executable"),
	CALL(munmap, OFTEN, "memory"),
	CALL(mremap, SELDOM, "realloc of large blocks"),
	CALL(madvise, OFTEN, "huge pages; stacks of ended threads"),
	CALL(brk, OFTEN, "malloc"),
	CALL(futex, OFTEN, "threads wait for each other"),
	CALL(clone, OFTEN, "threads, no processes"),
	REFUSE(clone3, ENOSYS, "flags cannot be checked; libc uses clone"),
	CALL(set_robust_list, OFTEN, "a thread starts"),
	CALL(rseq, OFTEN, "a thread starts"),
	CALL(rt_sigprocmask, OFTEN, "a thread starts"),
	CALL(rt_sigaction, SELDOM, "the first thread starts; abort"),
	CALL(rt_sigreturn, SELDOM, "a signal was caught"),
	CALL(restart_syscall, SELDOM, "a signal interrupted a system call"),
	CALL(sched_getaffinity, SELDOM, "malloc with many threads"),
	CALL(sysinfo, SELDOM, "qsort of a large array: size of memory"),
	CALL(clock_gettime, SELDOM, "on systems without a vDSO"),
	CALL(ioctl, SELDOM, "check if a descriptor is a terminal"),
	CALL(writev, SELDOM, "messages of libc before abort"),
	CALL(getpid, SELDOM, "abort"),
	CALL(gettid, SELDOM, "abort"),
	CALL(tgkill, SELDOM, "abort"),
	CALL(exit, OFTEN, "a thread ends"),
	CALL(exit_group, OFTEN, "the program ends"),
};

const struct sandbox_call *
sandbox_calls(size_t *n)
{
	*n = sizeof(calls) / sizeof(*calls);
	return calls;
}

/* The condition (argument & mask) == value on a system call's argument. */
static struct scmp_arg_cmp
must_be(unsigned argument, uint64_t mask, uint64_t value)
{
	return (
	    struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ, mask, value };
}

/* Add the rule for a system call. Calls that could make memory executable,
 * start a process or change a terminal are only allowed with harmless
 * arguments. The flags are the first argument of clone except on s390. */
static int
add_call(scmp_filter_ctx filter, const struct sandbox_call *c)
{
	struct scmp_arg_cmp arg;

	if (c->kind == SANDBOX_REFUSED)
		return seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO((uint16_t)c->error), c->number, 0);
	if (c->number == SCMP_SYS(mmap) || c->number == SCMP_SYS(mprotect))
		arg = must_be(2, PROT_EXEC, 0);
	else if (c->number == SCMP_SYS(clone))
		arg = must_be(0, CLONE_THREAD, CLONE_THREAD);
	else if (c->number == SCMP_SYS(ioctl))
		arg = must_be(1, UINT64_MAX, TCGETS);
	else
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, c->number, 0);
	return seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, c->number, 1, &arg);
}

/* Returns 0 or a negative errno. If memory is exhausted, libseccomp omits rules
 * silently; malloc(3) has set errno then. */
static int
load_filter(void)
{
	errno = 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int bad = filter == NULL ? -ENOMEM : 0;

	/* sandbox_enter() has set no_new_privs already. The value 2 of OPTIMIZE
	 * selects a binary tree of calls, which is faster than a list. */
	if (bad == 0)
		bad = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (bad == 0)
		bad = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (bad == 0)
		bad = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (bad == 0)
		bad = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	for (size_t i = 0; bad == 0 && i < sizeof(calls) / sizeof(*calls); i++)
		bad = add_call(filter, &calls[i]);
	if (bad == 0 && errno != ENOMEM)
		bad = seccomp_load(filter);
	if (errno == ENOMEM)
		bad = -ENOMEM;
	if (filter != NULL)
		seccomp_release(filter);
	return bad;
}

/* --- Landlock and seccomp ------------------------------------------------- */

/* Append an item to a list: "a" becomes "a, b". */
static void
add_text(char *text, size_t size, const char *more)
{
	const size_t n = strlen(text);

	(void)snprintf(text + n, size - n, "%s%s", n == 0 ? "" : ", ", more);
}

static void
lack(struct sandbox_level *level, const char *what, int error)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "no %s (%s)", what, strerror(error));
	add_text(level->lacks, sizeof(level->lacks), text);
}

static enum rc
check_whole(const struct sandbox_options *o, const struct sandbox_level *level,
    struct err *e)
{
	if (o->mode != SANDBOX_REQUIRE || level->lacks[0] == '\0')
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_SYSTEM,
	    "--sandbox=require: this system lacks support: %s", level->lacks);
}

/* Enter Landlock, then seccomp: the seccomp filter does not allow the system
 * calls of Landlock. */
static enum rc
enter(
    const struct sandbox_options *o, struct sandbox_level *level, struct err *e)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	char text[32];

	/* Version 1 does not allow files to be renamed between folders, which
	 * is needed to publish them. */
	if (version < 2) {
		lack(level, "Landlock", version == -1 ? errno : ENOSYS);
	} else {
		(void)snprintf(text, sizeof(text), "landlock %ld", version);
		add_text(level->text, sizeof(level->text), text);
	}
	enum rc rc = check_whole(o, level, e);
	if (rc == RC_OK && version >= 2)
		rc = restrict_files(o, (int)version, e);
	if (rc != RC_OK)
		return rc;
	const int error = -load_filter();
	if (error == ENOMEM)
		return err_nomem(e);
	if (error == 0)
		add_text(level->text, sizeof(level->text), "seccomp");
	else
		lack(level, "seccomp", error);
	return check_whole(o, level, e);
}

enum rc
sandbox_enter(
    const struct sandbox_options *o, struct sandbox_level *level, struct err *e)
{
	const struct rlimit no_core = { 0, 0 };
	enum rc rc = RC_OK;

	memset(level, 0, sizeof(*level));
	if (o->mode == SANDBOX_REQUIRE && SANITIZED)
		rc = err_set(e, RC_FATAL, WHY_SYSTEM,
		    "--sandbox=require: a build with sanitizers has no "
		    "sandbox");
	if (o->mode != SANDBOX_OFF && !SANITIZED) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		(void)setrlimit(RLIMIT_CORE, &no_core);
		rc = enter(o, level, e);
	}
	if (level->text[0] == '\0')
		add_text(level->text, sizeof(level->text),
		    o->mode == SANDBOX_OFF ? "off" : "none");
	return rc;
}
