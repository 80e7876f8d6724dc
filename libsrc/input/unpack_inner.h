/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of an archive that is being read, shared by input/unpack*.c only.
 */
#ifndef INPUT_UNPACK_INNER_H
#define INPUT_UNPACK_INNER_H

#include "input/unpack.h"
#include "input/zipdir.h"

#define UNPACK_READ_BYTES ((size_t)256 << 10)
#define UNPACK_NAMELESS_MAX 64U

/* The offset of a member of which only the order is known. */
#define UNPACK_IN_ORDER UINT64_MAX

struct archive;
struct unpack_given;

/* The members of a zip that were read, and its directory. */
struct unpack_list {
	struct unpack_given *given; /* members that were read, in their order */
	size_t n_given;
	size_t cap;
	struct zipdir dir;
	bool read;       /* the directory was read, or there is none */
	size_t next;     /* index of the next entry to check */
	uint8_t *tail;   /* the last bytes of a stream */
	uint64_t passed; /* bytes of the stream so far */
};

struct unpack {
	struct unpack_options o;
	struct unpack_from from;
	struct archive *a;
	uint64_t members;
	uint64_t counted; /* members read before libarchive was restarted */
	struct unpack_used used;
	uint64_t size; /* size of the archive, if it is a file */
	uint64_t at;   /* bytes of this member that were read */
	uint64_t
	    packed; /* position in the archive at the member's beginning, */
	uint64_t position; /* and after its last block */
	bool sized;        /* the member's size is in its header */
	bool open;         /* the member has more bytes */
	bool encrypted;
	bool dead;    /* libarchive cannot continue */
	bool over;    /* a limit of the whole archive was reached */
	bool careful; /* read again in small pieces, up to the broken place */
	bool zip;     /* the archive is a zip */
	bool compressed; /* it may be one compressed file, */
	char *alone;     /* with this name */
	bool listing;    /* all members were read; lost ones are returned now */
	bool streamed;   /* libarchive reads it as a stream, */
	uint64_t base;   /* from this offset on, after a broken header */
	uint64_t base_members; /* and after this many members */
	struct unpack_list list;
	unsigned restarts;
	uint64_t torn; /* blocks of a tar that should be headers and are not */
	int64_t torn_at; /* offset of the first of them in the unpacked data */
	char nameless[UNPACK_NAMELESS_MAX]; /* name of a member without one */
	struct span block;                  /* data after a hole */
	uint64_t hole;                      /* zeros before that data */
	struct err
	    late; /* a failure of the member, reported with its last block */
	struct err below;  /* a failure of the stream */
	struct err broken; /* a failure that is reported at the end */
};

#endif
