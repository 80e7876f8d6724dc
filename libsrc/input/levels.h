/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack of open archives, each inside the one before it.
 */
#ifndef INPUT_LEVELS_H
#define INPUT_LEVELS_H

#include "input/file_type.h"
#include "input/spool.h"
#include "input/unpack.h"

/* Maximum nesting of archives inside the outermost one. */
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
	struct levels_probe probe; /* stream that the archive is read from */
	/* Temporary copy of the stream: a 7z must be read as a file. */
	struct spool_file copy;
	struct unpack *u;
	/* Number of members whose first bytes could not be read. */
	unsigned unseen;

	/* The current member. */
	uint64_t number; /* number of the member, from 1 */
	char *name;      /* name as in a manifest; owned */
};

struct levels {
	const struct unpack_options *unpack;
	struct spool *spool;
	const char *name; /* name of the outermost archive */
	/* One element more than archives can be open, for the probe of the next
	 * one. */
	struct levels_archive archives[LEVELS_INSIDE_MAX + 2];
	size_t n; /* number of open archives */
};

/* True if a file is an archive, by its first FILE_TYPE_BYTES. A zip with a
 * damaged beginning is recognized by its end. */
bool levels_is_archive(int fd, const char *path, struct span head);

/* Returns the innermost archive; one must be open. */
struct levels_archive *levels_innermost(struct levels *l);

/* Returns the name of the innermost archive, as in a manifest. */
const char *levels_name(const struct levels *l);

/* Returns the bytes of the current member as a stream. Its errors contain the
 * member's name. */
struct stream levels_member_stream(struct levels *l);

/* Read the first bytes of a stream. The probe is valid until the next call. */
struct levels_probe *levels_probe(struct levels *l, struct stream stream);

/* Open an archive as the innermost one. With fd -1 it is the stream that was
 * probed last, and `stream` has all its bytes; only the outermost archive may
 * be a file fd. RC_SKIP if the archive cannot be copied. */
enum rc levels_enter(struct levels *l, const char *name, int fd,
    struct stream stream, struct err *e);
/* Close the innermost archive. */
void levels_leave(struct levels *l);

#endif
