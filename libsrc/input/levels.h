/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archives that are open at a time, each inside the one before it, and what
 * a stream is before it is entered.
 */
#ifndef INPUT_LEVELS_H
#define INPUT_LEVELS_H

#include "input/file_type.h"
#include "input/spool.h"
#include "input/unpack.h"

/* The maximum of archives inside an archive that is a file. */
#define LEVELS_INSIDE_MAX 8U

/* A stream, which was read ahead to recognize what it is. */
struct levels_probe {
	struct stream_peek peek;
	uint8_t bytes[FILE_TYPE_BYTES];
	struct span head;
	enum file_type type;
};

/* An archive that is being read. */
struct levels_archive {
	struct levels_probe probe; /* the stream that it comes from */
	struct spool_file copy;    /* or its copy: a 7z cannot be read once */
	struct unpack *u;
	unsigned unseen; /* members that could not be looked into */

	/* The present member. */
	uint64_t number; /* counted from 1 */
	char *name;      /* as in a manifest; owned */
};

struct levels {
	const struct unpack_options *unpack;
	struct spool *spool;
	const char *name; /* of the outermost archive */
	/* One more than can be open: the next may be probed. */
	struct levels_archive archives[LEVELS_INSIDE_MAX + 2];
	size_t n; /* that are open */
};

/* Whether a file is an archive, by its first bytes (FILE_TYPE_BYTES of them).
 * A zip whose beginning is damaged is recognized by its end. */
bool levels_is_archive(int fd, const char *path, struct span head);

/* The innermost archive; one must be open. */
struct levels_archive *levels_innermost(struct levels *l);

/* The name of the innermost archive, as in a manifest. */
const char *levels_name(const struct levels *l);

/* The present member's bytes; a failure is reported with its name. */
struct stream levels_member_stream(struct levels *l);

/* Reads a stream ahead, the probe being valid until the next one. */
struct levels_probe *levels_probe(struct levels *l, struct stream stream);

/* Enters the archive that was probed; `stream` has all of its bytes. RC_SKIP:
 * it cannot be copied. */
enum rc levels_enter_stream(
    struct levels *l, const char *name, struct stream stream, struct err *e);
/* Enters the outermost archive. */
enum rc levels_enter_file(
    struct levels *l, int fd, const char *name, struct err *e);
/* Leaves the innermost one. */
void levels_leave(struct levels *l);

#endif
