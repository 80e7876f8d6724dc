/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes as a stream, a member of an archive or standard input, and may be
 * an archive itself. Its first bytes say so, and come again.
 *
 * zip and tar are read as they come. A 7z has its list of members at its end:
 * it is copied into a temporary file without a name, which is gone when it is
 * closed.
 */
#ifndef INPUT_NESTED_H
#define INPUT_NESTED_H

#include "input/file_type.h"
#include "input/spool.h"
#include "input/unpack.h"

/* Levels of archives inside an archive that is a file, at most. */
#define NESTED_MAX 8U

struct nested {
	struct stream_peek peek;
	uint8_t head[FILE_TYPE_BYTES];
	enum file_type magic;
	bool log;          /* it begins like one */
	struct span first; /* what it begins with */
	struct spool_file copy;
};

/* Look at what comes. What it fails with is told when it is read. */
void nested_look(struct nested *n, struct stream from);

/* All of it, with what was looked at. */
struct stream nested_stream(struct nested *n);

/* If it is an archive: say in *from where it comes from; its name and its outer
 * archive are the caller's to say before. RC_SKIP: it cannot be copied. */
enum rc nested_open(struct nested *n, struct spool *spool,
    struct unpack_from *from, struct err *e);

/* After nested_look(), when nobody reads it any more. */
void nested_close(struct nested *n, struct spool *spool);

#endif
