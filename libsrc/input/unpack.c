/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/file_type.h"
#include "input/unpack_inner.h"
#include "input/unpack_limits.h"
#include "input/unpack_list.h"
#include "input/unpack_why.h"

#define HOLE_BYTES 4096U
#define SEVENZIP_HEADER 32

/* Size of the pieces in which input is given to libarchive near a broken place:
 * when libarchive fails, it drops what it has unpacked from its last input. */
#define CAREFUL_BYTES ((size_t)64)

/* Maximum number of restarts in an archive. libarchive stops at a broken
 * member. An archive that is a file can be opened again; the members before the
 * broken one are then skipped. */
#define RESTARTS_MAX 128U

static const uint8_t zeros[HOLE_BYTES];

/* A callback of libarchive: returns the length of the next block of the stream,
 * 0 at the end, or -1 for a failure. */
static la_ssize_t
read_block(struct archive *a, void *ctx, const void **block)
{
	struct unpack *const u = ctx;
	struct span s = { NULL, 0 };

	const enum rc rc = stream_next(u->from.stream, &s, &u->below);
	*block = s.p;
	if (rc == RC_OK && unpack_list_pass(u, s, &u->below) == RC_OK)
		return (la_ssize_t)s.n;
	if (rc == RC_END) {
		err_clear(&u->below);
		return 0;
	}
	u->la->archive_set_error(a, EIO, "%s", u->below.text);
	return -1;
}

/* Start libarchive at the offset u->base. */
static enum rc
start(struct unpack *u, struct err *e)
{
	const bool file = u->from.fd != -1;

	errno = 0;
	struct archive *const a = u->a = u->la->archive_read_new();
	if (a == NULL)
		return unpack_why_memory(u, e);
	if (u->streamed) {
		(void)u->la->archive_read_support_format_zip_streamable(a);
	} else {
		(void)u->la->archive_read_support_filter_gzip(a);
		(void)u->la->archive_read_support_filter_bzip2(a);
		(void)u->la->archive_read_support_filter_xz(a);
		(void)u->la->archive_read_support_filter_zstd(a);
		(void)u->la->archive_read_support_filter_lz4(a);
		/* libarchive takes a block of zeros, which may be the destroyed
		 * header of a log, for the end of a tar. The caller examines
		 * the content of a compressed log. */
		if (!u->compressed ||
		    !file_type_is_packed_log_name(u->from.name)) {
			(void)u->la->archive_read_support_format_tar(a);
			(void)u->la->archive_read_support_format_zip(a);
			(void)u->la->archive_read_support_format_7zip(a);
		}
		/* This format accepts anything; libarchive tries it last. */
		if (u->compressed)
			(void)u->la->archive_read_support_format_raw(a);
		/* Blocks of zeros do not end a tar: they may be a destroyed
		 * header. */
		(void)u->la->archive_read_set_format_option(
		    a, "tar", "read_concatenated_archives", "1");
	}
	/* Opening the archive does not report that memory was exhausted here.
	 */
	if (u->la->archive_read_set_callback_data(a, NULL) != ARCHIVE_OK ||
	    (u->o.password != NULL && u->la->archive_read_add_passphrase(
					  a, u->o.password) != ARCHIVE_OK) ||
	    unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	if (file && lseek(u->from.fd, (off_t)u->base, SEEK_SET) == -1)
		return err_sys(e, RC_SKIP, "read %s", u->from.name);
	const size_t piece = u->careful ? CAREFUL_BYTES : UNPACK_READ_BYTES;
	const int n =
	    file ? u->la->archive_read_open_fd(a, u->from.fd, piece)
		 : u->la->archive_read_open(a, u, NULL, read_block, NULL);
	/* libarchive may treat unreadable data as the end of the file. */
	return (n == ARCHIVE_OK || n == ARCHIVE_WARN) && errno != EIO
		   ? RC_OK
		   : unpack_why_archive(u, e);
}

enum rc
unpack_create(struct unpack **up, const struct unpack_options *o,
    const struct unpack_from *from, struct err *e)
{
	struct unpack *const u = calloc(1, sizeof(*u));
	const char *const slash = strrchr(from->name, '/');
	const char *const base = slash == NULL ? from->name : slash + 1;
	uint8_t bytes[FILE_TYPE_FIRST_BYTES];
	struct stat st;

	*up = u;
	if (u == NULL)
		return err_nomem(e);
	u->o = *o;
	u->la = o->library;
	u->from = *from;
	if (u->la == NULL)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s was not an archive when the run began: run again",
		    from->name);
	u->compressed = from->compressed;
	if (from->fd != -1) {
		if (fstat(from->fd, &st) == 0)
			u->size = (uint64_t)st.st_size;
		const ssize_t n = pread(from->fd, bytes, sizeof(bytes), 0);
		u->compressed =
		    n > 0 && file_type_of(span_of(bytes, (size_t)n)) ==
				 FILE_TYPE_COMPRESSED;
	}
	/* If a compressed file does not contain a tar, its content is the only
	 * member. Its name is the name of the file without .gz or a similar
	 * ending. */
	if (u->compressed)
		u->alone = strndup(base, file_type_unpacked_name(base));
	return u->compressed && u->alone == NULL ? err_nomem(e) : RC_OK;
}

void
unpack_destroy(struct unpack *u)
{
	if (u == NULL)
		return;
	if (u->a != NULL)
		(void)u->la->archive_read_free(u->a);
	unpack_list_free(u);
	free(u->alone);
	free(u);
}

struct unpack_used *
unpack_used(struct unpack *u)
{
	return &u->used;
}

uint64_t
unpack_position(const struct unpack *u)
{
	const la_int64_t n =
	    u->a == NULL ? 0 : u->la->archive_filter_bytes(u->a, -1);

	return u->base + (n < 0 ? 0 : (uint64_t)n);
}

static enum rc restart(struct unpack *u, struct err *e);
static enum rc fetch(struct unpack *u, struct err *e);

/* Restart at the beginning of the member, skip the bytes that were already
 * returned, and read in small pieces. Bytes that cannot be unpacked in this way
 * are lost. */
static enum rc
go_carefully(struct unpack *u, struct err *e)
{
	const uint64_t to = u->at;

	u->careful = true;
	enum rc rc = restart(u, e);
	while (rc == RC_OK && u->at < to) {
		if (u->block.n == 0)
			rc = fetch(u, e);
		const uint64_t left = to - u->at;
		const size_t n = left < u->block.n ? (size_t)left : u->block.n;
		u->block = span_of(u->block.p + n, u->block.n - n);
		u->at += n;
	}
	return rc;
}

/* Fetch the next block of data. There may be a hole (zeros) before it, or after
 * the last block. */
static enum rc
fetch(struct unpack *u, struct err *e)
{
	const void *p = NULL;
	size_t n = 0;
	la_int64_t offset = 0;
	int got;

	errno = 0;
	do
		got = u->la->archive_read_data_block(u->a, &p, &n, &offset);
	while (got == ARCHIVE_RETRY);
	if (unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	if (got == ARCHIVE_EOF) {
		u->open = false;
		if (offset > 0 && (uint64_t)offset > u->at)
			u->hole = (uint64_t)offset - u->at;
		return u->hole != 0 ? RC_OK : RC_END;
	}
	if (got == ARCHIVE_FATAL) {
		u->dead = true;
		return u->zip && u->from.fd != -1 && !u->careful &&
			       u->restarts < RESTARTS_MAX
			   ? go_carefully(u, e)
			   : unpack_why_member(u, e);
	}
	u->block = span_of(p, n);
	u->hole = (uint64_t)offset > u->at ? (uint64_t)offset - u->at : 0;
	if (got == ARCHIVE_OK)
		return RC_OK;
	const enum rc rc = unpack_why_member(u, e);
	if (rc != RC_SKIP || n == 0)
		return rc;
	/* A failure of the whole member, such as a wrong checksum, is reported
	 * after its last block. The block itself is still returned. */
	u->late = *e;
	return RC_OK;
}

/* Read the next bytes of the member without checking its limits. The zeros of a
 * hole are returned before the block. */
static enum rc
next_block(struct unpack *u, struct span *block, struct err *e)
{
	while (u->hole == 0 && u->block.n == 0) {
		if (!u->open && u->late.rc != RC_OK)
			*e = u->late;
		if (!u->open)
			return u->late.rc == RC_OK ? RC_END : u->late.rc;
		const enum rc rc = fetch(u, e);
		if (rc != RC_OK)
			return rc;
	}
	if (u->hole != 0) {
		*block = span_of(
		    zeros, u->hole < HOLE_BYTES ? (size_t)u->hole : HOLE_BYTES);
		u->hole -= block->n;
	} else {
		*block = u->block;
		u->block.n = 0;
	}
	u->position = unpack_position(u);
	u->at += block->n;
	u->used.bytes += block->n;
	u->used.plain += block->n;
	for (struct unpack *o = u->from.outer; o != NULL; o = o->from.outer) {
		o->used.bytes += block->n;
		o->used.inner += block->n;
	}
	return RC_OK;
}

enum rc
unpack_block(struct unpack *u, struct span *block, struct err *e)
{
	*block = span_of(NULL, 0);
	enum rc rc = next_block(u, block, e);
	if (rc == RC_OK)
		rc = unpack_limits_member(u, e);
	return rc == RC_OK ? unpack_limits_all(u, false, e) : rc;
}

/* Skip the rest of the current member. If libarchive must unpack it to do so,
 * its bytes count for the limits. Errors in a skipped member are ignored. */
static enum rc
pass_member(struct unpack *u, struct err *e)
{
	struct span block;
	struct err unwanted;
	enum rc got = RC_OK;
	enum rc rc = RC_OK;

	if (!u->open)
		return RC_OK;
	const bool unpacks =
	    u->zip ? (u->from.fd == -1 || u->streamed) && !u->sized
		   : u->la->archive_filter_count(u->a) > 1 ||
			 u->la->archive_format(u->a) == ARCHIVE_FORMAT_7ZIP;
	if (!unpacks)
		return RC_OK;
	while (rc == RC_OK && (got = next_block(u, &block, &unwanted)) == RC_OK)
		rc = unpack_limits_all(u, unpack_limits_bomb(u), e);
	if (rc == RC_OK && got == RC_FATAL) {
		*e = unwanted;
		return RC_FATAL;
	}
	return rc;
}

static enum unpack_kind
kind_of(const struct unpack *u, struct archive_entry *entry)
{
	if (u->la->archive_entry_hardlink(entry) != NULL ||
	    u->la->archive_entry_symlink(entry) != NULL)
		return UNPACK_LINK;
	switch (u->la->archive_entry_filetype(entry)) {
	case AE_IFREG:
	case 0: /* the type is unknown */
		return UNPACK_FILE;
	case AE_IFDIR:
		return UNPACK_FOLDER;
	case AE_IFLNK:
		return UNPACK_LINK;
	default:
		return UNPACK_SPECIAL;
	}
}

/* A member without a name is named by its number; its bytes are read as usual.
 */
static void
fill_member(
    struct unpack *u, struct unpack_member *m, struct archive_entry *entry)
{
	const bool alone = u->la->archive_format(u->a) == ARCHIVE_FORMAT_RAW;
	const char *const name =
	    alone ? u->alone : u->la->archive_entry_pathname(entry);
	const bool nameless = name == NULL || name[0] == '\0';

	if (nameless)
		(void)snprintf(u->nameless, sizeof(u->nameless),
		    "(member %llu, whose name cannot be read)",
		    (unsigned long long)u->members);
	*m = (struct unpack_member){
		.name = nameless ? u->nameless : name,
		.nameless = nameless,
		.alone = alone,
		.number = u->members,
		.kind = kind_of(u, entry),
		.sized = u->la->archive_entry_size_is_set(entry) != 0,
	};
	if (m->sized && u->la->archive_entry_size(entry) >= 0)
		m->bytes = (uint64_t)u->la->archive_entry_size(entry);
}

/* Returns the offset of the member's header; UNPACK_IN_ORDER for a zip that
 * libarchive reads by its directory. */
static uint64_t
place_of(const struct unpack *u)
{
	const int64_t at = u->la->archive_read_header_position(u->a);

	return u->from.fd != -1 && !u->streamed
		   ? UNPACK_IN_ORDER
		   : u->base + (at < 0 ? 0 : (uint64_t)at);
}

/* --- damaged archives ----------------------------------------------------- */

/* After the last member, return the lost members one by one. Then report tar
 * headers that could not be read, whose members have no names, and a tar
 * without an end or a 7z without members. */
static enum rc
end_archive(struct unpack *u, struct unpack_member *m, struct err *e)
{
	enum rc rc = u->listing || !u->zip ? RC_OK : unpack_list_end(u, e);

	if (rc != RC_OK)
		return rc;
	const char *const name = unpack_list_lost(u);
	if (name != NULL) {
		rc = unpack_limits_count(u, e);
		*m = (struct unpack_member){
			.name = name,
			.number = u->members,
			.kind = UNPACK_LOST,
		};
		return rc;
	}
	if (u->torn != 0)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s is damaged: the tar header at byte %lld cannot be read "
		    "(%llu unreadable blocks in all)",
		    u->from.name, (long long)u->torn_at,
		    (unsigned long long)u->torn);
	const int format = u->a == NULL ? 0 : u->la->archive_format(u->a);
	const bool tar =
	    (format & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
	const bool cut =
	    format == ARCHIVE_FORMAT_7ZIP
		? u->members == 0 && u->size > SEVENZIP_HEADER
		: tar && u->members != 0 &&
		      u->la->archive_filter_bytes(u->a, 0) ==
			  u->la->archive_read_header_position(u->a);
	if (u->broken.rc == RC_OK && cut)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s ends too early: it is damaged or cut off",
		    u->from.name);
	*e = u->broken;
	return u->broken.rc == RC_OK ? RC_END : u->broken.rc;
}

/* Continue after a broken header, at which libarchive stopped; e has the
 * reason. The directory has the offset of the next member. If the directory is
 * broken, the archive is read from its first byte instead. */
static enum rc
go_behind(struct unpack *u, struct err *e)
{
	const struct zipdir *const d = &u->list.dir;
	uint64_t to = UINT64_MAX;

	if (!u->zip || u->from.fd == -1 || e->rc != RC_SKIP ||
	    e->why != WHY_CORRUPT || ++u->restarts > RESTARTS_MAX)
		return e->rc;
	if (unpack_list_read(u, e) != RC_OK)
		return e->rc;
	const size_t i = u->streamed ? zipdir_from(d, place_of(u) + 1)
				     : (size_t)u->members + 1;
	if (!u->streamed && u->members == 0 && !d->whole)
		to = 0;
	else if (!u->streamed && u->members == 0 && d->first_header)
		to = d->entries[0].offset;
	else if (i < d->n)
		to = d->entries[i].offset;
	if (!d->whole)
		(void)err_set(&u->broken, RC_SKIP, WHY_CORRUPT,
		    "%s: its list of members is damaged, so members were "
		    "searched for without it",
		    u->from.name);
	u->dead = false;
	if (to == UINT64_MAX)
		return d->n == 0 ? e->rc : RC_END;
	u->base = to;
	u->base_members = u->members;
	u->streamed = true;
	(void)u->la->archive_read_free(u->a);
	return start(u, e);
}

static enum rc
read_header(struct unpack *u, struct unpack_member *m, struct err *e)
{
	struct archive_entry *entry = NULL;
	int got;

	errno = 0;
	do {
		got = u->la->archive_read_next_header(u->a, &entry);
		if (got == ARCHIVE_RETRY && u->torn++ == 0)
			u->torn_at = u->la->archive_read_header_position(u->a);
	} while (got == ARCHIVE_RETRY);
	u->zip = u->la->archive_format(u->a) == ARCHIVE_FORMAT_ZIP;
	if (unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	if (got == ARCHIVE_EOF)
		return RC_END;
	if (got == ARCHIVE_FATAL)
		return unpack_why_archive(u, e);
	const enum rc rc = unpack_limits_count(u, e);
	if (rc != RC_OK)
		return rc;
	fill_member(u, m, entry);
	/* Converting the name to another encoding may exhaust memory. */
	if (unpack_why_is_memory(u))
		return unpack_why_memory(u, e);
	u->at = 0;
	u->used.inner = 0;
	u->hole = 0;
	u->block.n = 0;
	err_clear(&u->late);
	u->packed = unpack_position(u);
	u->position = u->packed;
	u->sized = m->sized;
	u->open = true;
	m->doubtful = got == ARCHIVE_WARN;
	u->encrypted = u->la->archive_entry_is_data_encrypted(entry) != 0;
	return u->zip ? unpack_list_given(u, m, place_of(u), e) : RC_OK;
}

/* Read the header of the next member. The locale is set for this thread only,
 * and only while a name is read. */
static enum rc
next_member(struct unpack *u, struct unpack_member *m, struct err *e)
{
	const locale_t before =
	    u->o.names == (locale_t)0 ? (locale_t)0 : uselocale(u->o.names);
	enum rc rc = u->listing ? RC_END : read_header(u, m, e);

	/* An end record inside the comment of the real end record must not hide
	 * all members. */
	if (rc == RC_END && u->members == 0 && u->zip && !u->listing &&
	    !u->streamed && u->from.fd != -1) {
		rc = unpack_list_read(u, e);
		if (rc == RC_OK && u->list.dir.whole)
			rc = RC_END;
		else if (rc == RC_OK)
			rc = err_set(e, RC_SKIP, WHY_CORRUPT,
			    "%s: its list of members is empty", u->from.name);
	}
	while (rc == RC_SKIP && !u->over) {
		rc = go_behind(u, e);
		if (rc != RC_OK)
			break;
		err_clear(e);
		rc = read_header(u, m, e);
	}
	if (rc == RC_END)
		rc = end_archive(u, m, e);
	if (before != (locale_t)0)
		(void)uselocale(before);
	return rc;
}

/* Restart libarchive and go to the member at which it broke. */
static enum rc
restart(struct unpack *u, struct err *e)
{
	const uint64_t broken = u->members;
	struct unpack_member m;

	if (broken == 0 || u->from.fd == -1 || ++u->restarts > RESTARTS_MAX)
		return unpack_why_archive(u, e);
	(void)u->la->archive_read_free(u->a);
	u->members = u->base_members;
	u->torn = 0;
	u->dead = false;
	enum rc rc = start(u, e);
	while (rc == RC_OK && u->members < broken)
		rc = next_member(u, &m, e);
	return rc;
}

enum rc
unpack_next(struct unpack *u, struct unpack_member *m, struct err *e)
{
	enum rc rc = RC_OK;

	if (!u->listing) {
		rc = u->a == NULL ? start(u, e) : pass_member(u, e);
		if (rc == RC_OK && u->over)
			rc = unpack_limits_all(u, false, e);
		if (rc == RC_OK && (u->dead || u->careful)) {
			u->careful = false;
			rc = restart(u, e);
		}
	}
	if (rc == RC_OK)
		rc = next_member(u, m, e);
	if (rc != RC_SKIP || !u->zip || u->over || u->listing)
		return rc;
	/* Missing members are reported first. */
	u->broken = *e;
	err_clear(e);
	return end_archive(u, m, e);
}
