/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive that is being read, for input/unpack*.c. Nobody else sees it.
 */
#ifndef INPUT_UNPACK_INNER_H
#define INPUT_UNPACK_INNER_H

#include "input/unpack.h"
#include "input/zipdir.h"

#define UNPACK_READ_BYTES ((size_t)256 << 10)
#define UNPACK_NAMELESS_MAX 64U

/* The place of a member of which only the order is known. */
#define UNPACK_IN_ORDER UINT64_MAX

struct archive;
struct unpack_given;

/* What was read of a zip, and what it lists. */
struct unpack_list {
	struct unpack_given *given; /* the members, in their order */
	size_t n_given;
	size_t cap;
	struct zipdir dir;
	bool read;       /* it was, or there is none */
	size_t next;     /* of its entries */
	uint8_t *tail;   /* the last bytes of a stream */
	uint64_t passed; /* how many there were */
};

struct unpack {
	struct unpack_options o;
	struct unpack_from from;
	struct archive *a;
	uint64_t members;
	uint64_t counted; /* of them, before it was started again */
	struct unpack_used used;
	uint64_t size;     /* bytes of the archive, if it is a file */
	uint64_t at;       /* bytes of this member */
	uint64_t packed;   /* position of the archive at its beginning, */
	uint64_t position; /* and where its last block was read */
	bool sized;        /* its size is known before */
	bool open;         /* its bytes are not all read */
	bool encrypted;
	bool dead;       /* libarchive reads nothing more */
	bool over;       /* a limit of the whole archive was reached */
	bool careful;    /* read again, in small pieces, to where it breaks */
	bool zip;        /* that is what it is */
	bool compressed; /* it may be one file that is compressed, */
	char *alone;     /* with this name */
	bool listing;    /* all is read, what was lost is told */
	bool streamed;   /* it is read as if it came as a stream, */
	uint64_t base;   /* from there on, behind a header that is broken */
	uint64_t base_members; /* and so many members */
	struct unpack_list list;
	unsigned restarts;
	uint64_t torn;   /* blocks of a tar in the place of a header */
	int64_t torn_at; /* the first, in what the archive unpacks to */
	char nameless[UNPACK_NAMELESS_MAX]; /* the name of what has none */
	struct span block;                  /* behind a hole */
	uint64_t hole;                      /* zeros before it */
	struct err late;   /* of the member, when its last block was lent */
	struct err below;  /* what the stream failed with */
	struct err broken; /* what is told when all the rest is read */
};

#endif
