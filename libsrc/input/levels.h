/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archives that are open, each inside the one before it.
 */
#ifndef INPUT_LEVELS_H
#define INPUT_LEVELS_H

#include "input/file_type.h"
#include "input/spool.h"
#include "input/unpack.h"

/* The maximum of archives inside an archive that is a file. */
#define LEVELS_INSIDE_MAX 8U

/* A stream whose first bytes were read ahead to recognize its type. */
struct levels_probe {
	struct stream_peek peek;
	uint8_t bytes[FILE_TYPE_BYTES];
	struct span head;
	enum file_type type;
};

/* An archive that is being read. */
struct levels_archive {
	struct levels_probe probe; /* the stream that it comes from */
	struct spool_file
	    copy; /* or a copy of it: a 7z must be read as a file */
	struct unpack *u;
	unsigned unseen; /* members whose first bytes could not be read */

	/* The current member. */
	uint64_t number; /* from 1 */
	char *name;      /* as in a manifest; owned */
};

struct levels {
	const struct unpack_options *unpack;
	struct spool *spool;
	const char *name; /* of the outermost archive */
	/* One more than can be open, for the probe of the next. */
	struct levels_archive archives[LEVELS_INSIDE_MAX + 2];
	size_t n; /* archives that are open */
};

/* True if a file is an archive, by its first FILE_TYPE_BYTES. A zip with a
 * damaged beginning is recognized by its end. */
bool levels_is_archive(int fd, const char *path, struct span head);

/* The innermost archive; one must be open. */
struct levels_archive *levels_innermost(struct levels *l);

/* The name of the innermost archive, as in a manifest. */
const char *levels_name(const struct levels *l);

/* The bytes of the current member. Failures name it. */
struct stream levels_member_stream(struct levels *l);

/* Read the beginning of a stream. The probe is valid until the next call. */
struct levels_probe *levels_probe(struct levels *l, struct stream stream);

/* Enter an archive: the outermost one if it is a file; or, with fd -1, the one
 * that was probed, and `stream` has all its bytes. RC_SKIP if it cannot be
 * copied. */
enum rc levels_enter(struct levels *l, const char *name, int fd,
    struct stream stream, struct err *e);
/* Leave the innermost archive. */
void levels_leave(struct levels *l);

#endif
