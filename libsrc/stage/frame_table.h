/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the frames of a compressed segment, in the Zstandard seekable
 * format (version 0.1.0): a skippable frame at the end of the file, which other
 * programs ignore.
 *
 *   u32 0x184D2A5E  u32 bytes that follow
 *   for each frame: u32 bytes in the file, u32 bytes of its content
 *   u32 number of frames  u8 0 (no checksums)  u32 0x8F92EAB1
 */
#ifndef STAGE_FRAME_TABLE_H
#define STAGE_FRAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* A segment has about 64 of them. */
#define FRAME_TABLE_MAX ((size_t)65536)
#define FRAME_TABLE_ENTRY 8U
#define FRAME_TABLE_AROUND 17U /* bytes before and after the entries */

/* A frame: where it is in the file and where its content is in the lines. */
struct frame_place {
	size_t number; /* from 1; 0: all is 0, before the first one */
	uint64_t at;
	uint64_t lines_at;
	size_t bytes;
	size_t lines_bytes;
};

struct frame_table {
	struct buf entries; /* as they are in the file */
};

void frame_table_init(struct frame_table *t);
void frame_table_reset(struct frame_table *t);
size_t frame_table_count(const struct frame_table *t);

/* Add a frame. WHY_LIMIT if there are too many. */
enum rc frame_table_add(
    struct frame_table *t, size_t bytes, size_t lines_bytes, struct err *e);

/* Append the skippable frame. */
enum rc frame_table_write(
    const struct frame_table *t, struct buf *out, struct err *e);

/* Read the table of a file of `bytes` bytes whose frames have `lines_bytes` of
 * content. WHY_TAMPERED: there is none, or it does not describe such a file. */
struct frame_table_file {
	int fd;
	const char *name; /* for messages */
	uint64_t bytes;
	uint64_t lines_bytes;
};

enum rc frame_table_read(
    struct frame_table *t, const struct frame_table_file *file, struct err *e);

/* Move `place` to the next frame of this table. False after the last one. */
bool frame_table_next(const struct frame_table *t, struct frame_place *place);

#endif
