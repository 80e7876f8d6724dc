/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of an archive that is being read, shared by input/unpack*.c only.
 */
#ifndef INPUT_UNPACK_INNER_H
#define INPUT_UNPACK_INNER_H

#include "input/archive_library.h"
#include "input/unpack.h"
#include "input/zipdir.h"

#define UNPACK_READ_BYTES ((size_t)256 << 10)
#define UNPACK_NAMELESS_MAX 64U

/* Offset of a member if it is unknown: only the order of members is known. */
#define UNPACK_IN_ORDER UINT64_MAX

struct unpack_given;

/* The members of a zip that were read, and its directory. */
struct unpack_list {
	/* Array of the members that were read, in archive order. */
	struct unpack_given *given;
	size_t n_given;
	size_t cap;
	struct zipdir dir;
	bool read;     /* the directory was read, or does not exist */
	size_t next;   /* index of the next directory entry that may be lost */
	uint8_t *tail; /* ring buffer with the last bytes of a stream */
	uint64_t passed; /* number of bytes of the stream so far */
};

struct unpack {
	struct unpack_options o;
	const struct archive_library *la;
	struct unpack_from from;
	struct archive *a;
	uint64_t members;
	/* Number of members read before libarchive was restarted. */
	uint64_t counted;
	struct unpack_used used;
	uint64_t size; /* size of the archive in bytes; 0: it is a stream */
	uint64_t at; /* number of bytes of the current member that were read */
	uint64_t packed; /* position in the archive at the member's beginning */
	uint64_t position; /* position after the last block of the member */
	bool sized;        /* the member's size is in its header */
	bool open;         /* further bytes of the current member can be read */
	bool encrypted;
	bool dead; /* libarchive cannot continue */
	bool over; /* a limit of the whole archive was reached */
	/* The member is read again in small pieces, up to the broken place. */
	bool careful;
	bool zip;        /* the archive is a zip */
	bool compressed; /* the archive may be a single compressed file */
	char *alone;     /* name of the content of a single compressed file */
	/* The zip was read to its end; now members that only its directory
	 * lists are returned. */
	bool listing;
	/* libarchive reads the file as a stream, from `base` on. */
	bool streamed;
	/* Offset at which libarchive began, after a broken header. */
	uint64_t base;
	/* Number of members that were read before `base`. */
	uint64_t base_members;
	struct unpack_list list;
	unsigned restarts;
	/* Number of blocks in a tar that should be headers but are not. */
	uint64_t torn;
	/* Offset of the first such block in the unpacked data. */
	int64_t torn_at;
	/* Made-up name of a member without a name. */
	char nameless[UNPACK_NAMELESS_MAX];
	/* Bytes of the member that were read but not returned yet. */
	struct span block;
	uint64_t hole; /* number of zeros before `block` */
	/* Failure of the current member, reported after its last block. */
	struct err late;
	struct err below; /* failure to read the archive's own bytes */
	/* Failure of the archive, reported after its last member. */
	struct err broken;
};

#endif
