/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive that is being read, for input/unpack.c and input/unpack_limits.c.
 * Nobody else sees it.
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
	uint64_t size;   /* bytes of the archive, if it is a file */
	uint64_t at;     /* bytes of this member */
	uint64_t packed; /* position of the archive at its beginning */
	bool sized;      /* its size is known before */
	bool open;       /* its bytes are not all read */
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

/* Fill compressed and alone. */
enum rc unpack_alone(struct unpack *u, struct err *e);

/* Whether libarchive found no memory: it does without, or calls the archive
 * broken, but errno, 0 before, tells. */
bool unpack_lacks_memory(struct unpack *u);
enum rc unpack_out_of_memory(struct unpack *u, struct err *e);

/* What it failed with becomes e: of the archive, which it reads no further; of
 * the member. */
enum rc unpack_refuse_archive(struct unpack *u, struct err *e);
enum rc unpack_refuse_member(struct unpack *u, struct err *e);

/* Whether the member unpacks to so many bytes of so few that it must be a
 * bomb. */
bool unpack_limits_bomb(const struct unpack *u);

/* RC_SKIP: the member has too much; the archive, or one that it is in, which is
 * left then. */
enum rc unpack_limits_member(struct unpack *u, struct err *e);
enum rc unpack_limits_all(struct unpack *u, bool bomb, struct err *e);

/* A member was read whose header is at `at` or behind it. */
enum rc unpack_list_given(struct unpack *u, const struct unpack_member *m,
    uint64_t at, struct err *e);
/* Bytes of a stream, all of them in their order. */
enum rc unpack_list_pass(struct unpack *u, struct span bytes, struct err *e);
/* Look for the list; that there is none is no failure. */
enum rc unpack_list_read(struct unpack *u, struct err *e);
/* All is read: what was, is marked in the list. */
enum rc unpack_list_end(struct unpack *u, struct err *e);
/* The next of those that were not, or NULL. */
const char *unpack_list_lost(struct unpack *u);
void unpack_list_free(struct unpack *u);

/* One member more. RC_SKIP: there are too many. */
enum rc unpack_limits_count(struct unpack *u, struct err *e);

#endif
