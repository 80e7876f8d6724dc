/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and chunks of the EVTX format.
 *
 * A file is a header block of 4096 bytes and chunks of 65536 bytes, each with
 * a header of 512 bytes, records one after the other, and free space (libevtx
 * documentation, "Windows XML Event Log (EVTX) format"). Headers are hints: a
 * dirty file counts too few chunks, and a zeroed header still has chunks
 * behind it; so chunks are known by their own signature at their place.
 */
#ifndef EVTX_CHUNK_H
#define EVTX_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "util/span.h"

#define CHUNK_FILE_HEADER 4096U
#define CHUNK_BYTES 65536U
#define CHUNK_HEADER 512U
#define CHUNK_RECORD_MIN 28U /* header of 24 bytes, copy of the size */

/* What the header of a file says; nothing of it is trusted. */
struct chunk_file_header {
	bool signature;
	bool crc_ok;
	bool dirty;
	uint64_t chunks;
};

void chunk_read_file_header(struct chunk_file_header *f, struct span block);

/* What the header of a chunk says, and whether it is true. */
struct chunk {
	struct span bytes; /* CHUNK_BYTES of them */
	const uint8_t
	    *raw;          /* as they are in the source, where that is not
			    * what `bytes` has: see evtx/signature_repair.h; else NULL */
	uint64_t first_id; /* of the record headers */
	uint64_t last_id;
	uint32_t free_offset; /* end of the used area, as the header has it */
	uint32_t used_end;    /* where it is, see chunk_used_end() */
	bool header_crc_ok;
	bool data_crc_ok; /* of the records */
	bool no_crc;      /* the header says that there are none */
};

/* False if bytes do not start with a chunk's signature. */
bool chunk_read(struct chunk *c, struct span bytes);

/* Only its first n bytes are there, the others were put behind them: nothing
 * ends beyond those. */
void chunk_truncate(struct chunk *c, size_t n);

/* Bytes where a chunk should be, without its signature: there is no used area
 * in them. */
void chunk_init_headerless(struct chunk *c, struct span bytes);

/* Whether the checksums hold, or are said not to be there. */
bool chunk_checksums_hold(const struct chunk *c);

/* A record's header. */
struct chunk_record {
	uint32_t offset; /* in the chunk */
	uint32_t size;
	uint64_t id;
	uint64_t time; /* FILETIME when it was written, as the header says */
};

/* The record header at offset in the used area; false where there is none.
 * The next one starts at offset + size. */
bool chunk_record_at(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

/* What stands at an offset of the used area. */
enum chunk_place {
	CHUNK_RECORD, /* a record header, and room for what it says */
	CHUNK_BROKEN, /* the signature of a record with an impossible size */
	CHUNK_OTHER,  /* something else */
	CHUNK_END,    /* the used area ends */
};

/* Look at the offset; the header is filled with what is there. */
enum chunk_place chunk_classify(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

/* The next offset from `from` on with a believable record: its size fits and
 * is repeated at its end, and its id is one of the chunk's. The end of the used
 * area if there is none. */
uint32_t chunk_resync(const struct chunk *c, uint32_t from);

/* How many record headers follow each other in the used area. */
uint64_t chunk_count_records(const struct chunk *c);

/* The checksums of header and records hold for the bytes before this offset;
 * 0 if they do not hold. */
uint32_t chunk_verified_end(const struct chunk *c);

/* Where the records end that a header says whose checksum holds; 0 if it does
 * not hold, or says something that cannot be. The bytes may end anywhere. */
uint32_t chunk_claimed_end(struct span bytes);

/* Whether a whole record, with the copy of its size, is where the first one of
 * a chunk in these bytes starts, whatever the header is. */
bool chunk_has_first_record(struct span bytes);

/* Whether the chunk in these CHUNK_BYTES was cut off before the offset: its
 * header, whose checksum holds, says that records go on there, and no whole
 * record reaches over it. */
bool chunk_is_torn_at(struct span bytes, uint32_t offset);

/* The next record of an older use of the chunk whose header is at `from` or
 * behind it, and which ends before `end`; false if there is none. Nothing
 * vouches for such a record but itself: its size fits, is one that Windows
 * makes and is repeated at its end, its id and its time are possible, and
 * Binary XML starts behind them. */
bool chunk_find_carved(
    const struct chunk *c, uint32_t from, uint32_t end, struct chunk_record *r);

/* Where the bytes in free space begin that were written together with those
 * at the offset: at the first of the whole old records that stand there one
 * behind the other. The offset itself, if it is in none. */
uint32_t chunk_carved_run(const struct chunk *c, uint32_t offset);

/* Where the used area ends: as the header says, but inside the chunk, and not
 * behind the record that an intact header names as the last one: what follows
 * that one is older than the chunk. */
uint32_t chunk_used_end(const struct chunk *c);

/* Where they end, in the chunk: at its free_offset if nothing is wrong. */
uint32_t chunk_records_end(const struct chunk *c);

#endif
