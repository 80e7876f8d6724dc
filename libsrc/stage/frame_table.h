/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the frames of a compressed segment, in the Zstandard seekable
 * format (version 0.1.0). It is a skippable frame at the end of the file, which
 * programs that only decompress ignore.
 *
 *   u32 0x184D2A5E, u32 number of bytes that follow
 *   for each frame: u32 size in the file, u32 size of its content (in bytes)
 *   u32 number of frames, u8 0 (no checksums), u32 0x8F92EAB1
 */
#ifndef STAGE_FRAME_TABLE_H
#define STAGE_FRAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* Maximum number of frames. A segment usually has about 64. */
#define FRAME_TABLE_MAX ((size_t)65536)
#define FRAME_TABLE_ENTRY 8U /* size of a table entry in bytes */
/* Size of the table's header and footer together in bytes. */
#define FRAME_TABLE_AROUND 17U

/* The position of a frame in the file, and of its content in the lines of the
 * segment. Before the first frame all members are 0. */
struct frame_place {
	size_t number; /* number of the frame, from 1 */
	uint64_t at;   /* offset of the frame in the file */
	/* Offset of the frame's content in the lines of the segment. */
	uint64_t lines_at;
	size_t bytes;       /* size of the frame in the file in bytes */
	size_t lines_bytes; /* size of the decompressed content in bytes */
};

struct frame_table {
	struct buf entries; /* entries of the table in the format of the file */
};

void frame_table_init(struct frame_table *t);
void frame_table_reset(struct frame_table *t);
size_t frame_table_count(const struct frame_table *t);

/* Add a frame. WHY_LIMIT: the table has FRAME_TABLE_MAX frames already. */
enum rc frame_table_add(
    struct frame_table *t, size_t bytes, size_t lines_bytes, struct err *e);

/* Append the table as a skippable frame to `out`. */
enum rc frame_table_write(
    const struct frame_table *t, struct buf *out, struct err *e);

/* A compressed segment and its sizes according to the manifest. */
struct frame_table_file {
	int fd;
	const char *name;     /* name of the file in messages */
	uint64_t bytes;       /* size of the file in bytes */
	uint64_t lines_bytes; /* size of all decompressed lines in bytes */
};

/* Read the table of a file. WHY_TAMPERED: the file has no table, or the table
 * does not match the sizes. */
enum rc frame_table_read(
    struct frame_table *t, const struct frame_table_file *file, struct err *e);

/* Move `place` to the next frame of the table. False after the last frame. */
bool frame_table_next(const struct frame_table *t, struct frame_place *place);

#endif
