/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the members of one archive in their order: zip, 7z and tar, which may
 * be compressed with gzip, bzip2, xz, zstd or lz4. Other compressed data is the
 * only member of its file. The only interface to libarchive.
 *
 * An archive comes from a file, or from a stream that is read once; 7z needs a
 * file. Nothing is written: members have names and blocks of bytes. What an
 * archive may unpack to is limited.
 */
#ifndef INPUT_UNPACK_H
#define INPUT_UNPACK_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "input/stream.h"

struct unpack_limits {
	uint64_t ratio;   /* unpacked bytes for a packed one, above
			     UNPACK_RATIO_FROM */
	uint64_t member;  /* bytes of one member */
	uint64_t total;   /* bytes of all members together */
	uint64_t members; /* members of one archive, of any kind */
};

/* The ratio limit applies only above this size: a log that is mostly zeros is
 * small when compressed. */
#define UNPACK_RATIO_FROM ((uint64_t)64 << 20)

struct unpack_options {
	struct unpack_limits limits;
	const char *password; /* for zip; NULL: none; borrowed */
	locale_t names;       /* see input/unpack_names.h */
};

/* Bytes and members that count for the limits of an archive, including those of
 * archives inside it. */
struct unpack_used {
	uint64_t bytes;
	uint64_t members;
	uint64_t inner; /* bytes unpacked from its current member, an archive */
	uint64_t plain; /* bytes of members within the ratio limit */
};

struct unpack;

/* The source of an archive. */
struct unpack_from {
	const char *name; /* for messages; borrowed */
	int fd;           /* a file, closed by its owner; -1: a stream */
	struct stream stream;
	bool compressed; /* the stream begins like a compressed file; files are
			    examined */
	/* The archive that has this one as a member, or NULL. Its limits apply
	 * too. It must stay open as long as this one. */
	struct unpack *outer;
};

enum unpack_kind {
	UNPACK_FILE,
	UNPACK_FOLDER,
	UNPACK_LINK,    /* a symbolic or hard link */
	UNPACK_SPECIAL, /* a device, a FIFO */
	UNPACK_LOST,    /* in the archive's list, but not in the archive */
};

struct unpack_member {
	const char *name; /* as in the archive; valid until the next member */
	bool nameless;    /* the name is lost: it is the number */
	bool alone; /* the content of a compressed file, not a member; the name
		       is the file's without .gz and the like */
	bool doubtful;   /* a part of its header could not be read */
	uint64_t number; /* in the archive, from 1 */
	enum unpack_kind kind;
	bool sized;
	uint64_t bytes; /* if `sized` */
};

/* Nothing is read yet. The options are copied, except the password. */
enum rc unpack_create(struct unpack **up, const struct unpack_options *o,
    const struct unpack_from *from, struct err *e);
void unpack_destroy(struct unpack *u); /* takes NULL */

/* Go to the next member. RC_END after the last one. RC_SKIP if the rest of the
 * archive cannot be read. */
enum rc unpack_next(
    struct unpack *u, struct unpack_member *member, struct err *e);

/* Read the next bytes of the member, valid until the next call. RC_END at its
 * end. RC_SKIP if the rest of it cannot be read; with WHY_USAGE it needs
 * another password. */
enum rc unpack_block(struct unpack *u, struct span *block, struct err *e);

/* Bytes of the archive that were read. */
uint64_t unpack_position(const struct unpack *u);

/* What counts for the limits so far. A run that is resumed in the archive sets
 * it to the earlier values. */
struct unpack_used *unpack_used(struct unpack *u);

#endif
