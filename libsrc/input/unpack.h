/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of one archive, one after the other, in the archive's order:
 * zip, 7z and tar, the latter compressed by gzip, bzip2, xz, zstd or lz4. What
 * else is compressed so is the only member of its file. The only place that
 * knows libarchive.
 *
 * An archive comes from a file, or from a stream that is read once; 7z needs a
 * file. Nothing is written anywhere: names are only told, and the bytes of a
 * member are lent block by block. What an archive may unpack to is limited.
 */
#ifndef INPUT_UNPACK_H
#define INPUT_UNPACK_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "input/stream.h"

struct unpack_limits {
	uint64_t ratio;   /* unpacked to packed bytes, of what is large */
	uint64_t member;  /* bytes of one member */
	uint64_t total;   /* bytes of all members together */
	uint64_t members; /* of one archive, whatever they are */
};

/* Below so many bytes nobody asks for the ratio: a log that is mostly zeros is
 * small when it is packed. */
#define UNPACK_RATIO_FROM ((uint64_t)64 << 20)

struct unpack_options {
	struct unpack_limits limits;
	const char *password; /* of zip, NULL: none; borrowed */
	locale_t names;       /* of input/unpack_names.h */
};

/* What counts against the limits of an archive, with all that came out of
 * archives in it. */
struct unpack_used {
	uint64_t bytes;
	uint64_t members;
	uint64_t inner; /* bytes out of its member that is an archive */
	uint64_t plain; /* bytes of members that were no bombs */
};

struct unpack;

/* Where an archive comes from. */
struct unpack_from {
	const char *name; /* for messages; borrowed */
	int fd;           /* a file, to be closed by its owner; -1: a stream */
	struct stream stream;
	bool compressed; /* the stream begins like a compressed one; of a file
			  * that is looked at */
	/* The archive whose member this one is, or NULL: its limits hold, too.
	 * It must be there as long as this one. */
	struct unpack *outer;
};

enum unpack_kind {
	UNPACK_FILE,
	UNPACK_FOLDER,
	UNPACK_LINK,    /* symbolic or hard */
	UNPACK_SPECIAL, /* a device, a FIFO */
	UNPACK_LOST,    /* the archive lists it, and it is not there */
};

struct unpack_member {
	const char *name; /* as it stands there; until the next one */
	bool nameless;    /* nobody can say it, the number stands for it */
	bool alone;       /* all that was compressed, not a member; its name is
			   * that of the file without .gz and the like */
	bool doubtful;    /* something about it could not be read */
	uint64_t number;  /* in the archive, counted from 1 */
	enum unpack_kind kind;
	bool sized;
	uint64_t bytes; /* if it is known */
};

/* Nothing is read yet. The options are copied, but for the password. */
enum rc unpack_create(struct unpack **up, const struct unpack_options *o,
    const struct unpack_from *from, struct err *e);
void unpack_destroy(struct unpack *u); /* takes NULL */

/* The next member. RC_END behind the last; RC_SKIP: the rest of the archive
 * cannot be read, e says why. */
enum rc unpack_next(
    struct unpack *u, struct unpack_member *member, struct err *e);

/* The next bytes of the member, valid until the next call. RC_END at its end;
 * RC_SKIP: the rest of it cannot be read; with WHY_USAGE: it needs another
 * password. */
enum rc unpack_block(struct unpack *u, struct span *block, struct err *e);

/* How many bytes of the archive were read. */
uint64_t unpack_position(const struct unpack *u);

/* What was used so far. Who goes on with what was read in part before puts back
 * what was used then. */
struct unpack_used *unpack_used(struct unpack *u);

#endif
