/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the members of one archive in their order: zip, 7z and tar, which may
 * be compressed with gzip, bzip2, xz, zstd or lz4. Compressed data that is not
 * a tar is returned as the only member.
 *
 * An archive comes from a file, or from a stream that is read once; 7z needs a
 * file. Nothing is written to disk: members have names and blocks of bytes. The
 * size of what is unpacked is limited.
 */
#ifndef INPUT_UNPACK_H
#define INPUT_UNPACK_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "input/stream.h"

struct archive_library;

struct unpack_limits {
	/* Maximum of unpacked bytes per packed byte; checked above
	 * UNPACK_RATIO_FROM. */
	uint64_t ratio;
	uint64_t member;  /* maximum size of one member in bytes */
	uint64_t total;   /* maximum size of all members together in bytes */
	uint64_t members; /* maximum number of members, of any kind */
};

/* The ratio limit applies only above this size: a log that is mostly zeros is
 * small when compressed. */
#define UNPACK_RATIO_FROM ((uint64_t)64 << 20)

struct unpack_options {
	struct unpack_limits limits;
	/* Password of encrypted zips; NULL: no password is known. Borrowed. */
	const char *password;
	locale_t names; /* locale of names, from unpack_names_prepare() */
	/* The library that reads archives, borrowed. NULL: the inputs are known
	 * to have none; one that appears later is RC_SKIP. */
	const struct archive_library *library;
};

/* Bytes and members that count for the limits of an archive, including those of
 * archives inside it. */
struct unpack_used {
	uint64_t bytes;
	uint64_t members;
	/* Bytes unpacked from the current member, if it is an archive. */
	uint64_t inner;
	/* Bytes of the members that are within the ratio limit. */
	uint64_t plain;
};

struct unpack;

/* The source of an archive. */
struct unpack_from {
	const char *name; /* name of the archive, for messages; borrowed */
	int fd; /* descriptor of a file, closed by the caller; -1: a stream */
	struct stream stream;
	/* The stream begins like a compressed file; ignored for files, which
	 * are examined. */
	bool compressed;
	/* The archive that has this one as a member, or NULL. Its limits apply
	 * too. It must stay open as long as this one. */
	struct unpack *outer;
};

enum unpack_kind {
	UNPACK_FILE,
	UNPACK_FOLDER,
	UNPACK_LINK,    /* a symbolic or hard link */
	UNPACK_SPECIAL, /* a device or a FIFO */
	UNPACK_LOST, /* a member that is listed in the archive, but missing */
};

struct unpack_member {
	/* Name as in the archive; valid until the next member. */
	const char *name;
	bool nameless; /* the name cannot be read; `name` contains the number */
	/* Content of a compressed file that is not a tar; `name` is the name of
	 * the file without .gz or a similar ending. */
	bool alone;
	bool doubtful;   /* a part of the member's header could not be read */
	uint64_t number; /* number of the member in the archive, from 1 */
	enum unpack_kind kind;
	bool sized;
	uint64_t bytes; /* size of the member, if `sized` */
};

/* Prepare to read an archive, without reading members yet. The options are
 * copied, except the password. */
enum rc unpack_create(struct unpack **up, const struct unpack_options *o,
    const struct unpack_from *from, struct err *e);
void unpack_destroy(struct unpack *u); /* u may be NULL */

/* Go to the next member. RC_END after the last one. RC_SKIP if the rest of the
 * archive cannot be read. */
enum rc unpack_next(
    struct unpack *u, struct unpack_member *member, struct err *e);

/* Read the next bytes of the member, valid until the next call. RC_END at its
 * end. RC_SKIP if the rest of the member cannot be read; WHY_USAGE if a
 * password is missing or wrong. */
enum rc unpack_block(struct unpack *u, struct span *block, struct err *e);

/* Returns the number of bytes of the archive that were read. */
uint64_t unpack_position(const struct unpack *u);

/* Returns the counts for the limits so far. A run that is resumed within the
 * archive sets them to those of the earlier run. */
struct unpack_used *unpack_used(struct unpack *u);

#endif
