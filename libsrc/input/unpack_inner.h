/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive that is being read, for input/unpack.c and input/unpack_limits.c.
 * Nobody else sees it.
 */
#ifndef INPUT_UNPACK_INNER_H
#define INPUT_UNPACK_INNER_H

#include "input/unpack.h"

#define UNPACK_READ_BYTES ((size_t)256 << 10)
#define UNPACK_NAMELESS_MAX 64U

struct archive;

struct unpack {
	struct unpack_options o;
	struct unpack_from from;
	struct archive *a;
	uint64_t members;
	uint64_t counted; /* of them, before it was started again */
	struct unpack_used used;
	uint64_t at;     /* bytes of this member */
	uint64_t packed; /* position of the archive at its beginning */
	bool sized;      /* its size is known before */
	bool open;       /* its bytes are not all read */
	bool dead;       /* libarchive reads nothing more */
	bool over;       /* a limit of the whole archive was reached */
	bool careful;    /* read again, in small pieces, to where it breaks */
	unsigned restarts;
	uint64_t torn;   /* blocks of a tar in the place of a header */
	int64_t torn_at; /* the first, in what the archive unpacks to */
	char nameless[UNPACK_NAMELESS_MAX]; /* the name of what has none */
	struct span block;                  /* behind a hole */
	uint64_t hole;                      /* zeros before it */
	struct err late;  /* of the member, when its last block was lent */
	struct err below; /* what the stream failed with */
};

/* Whether the member unpacks to so many bytes of so few that it must be a
 * bomb. */
bool unpack_limits_bomb(const struct unpack *u);

/* RC_SKIP: the member has too much; the archive, or one that it is in, which is
 * left then. */
enum rc unpack_limits_member(const struct unpack *u, struct err *e);
enum rc unpack_limits_all(struct unpack *u, bool bomb, struct err *e);

/* One member more. RC_SKIP: there are too many. */
enum rc unpack_limits_count(struct unpack *u, struct err *e);

#endif
