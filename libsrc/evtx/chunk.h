/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File headers, chunks and event records of the EVTX format.
 *
 * A file is a header block of 4096 bytes and chunks of 65536 bytes. A chunk has
 * a header of 512 bytes, event records one after the other, and free space
 * (libyal: "Windows XML Event Log (EVTX) format", sections "File header",
 * "Chunk" and "Event record"; [MS-EVEN6] does not describe files). The file
 * header is only a hint: in a dirty file its number of chunks is too small, and
 * further chunks may follow a zeroed one. So chunks are found by their own
 * signature.
 *
 * Offsets count from the start of the chunk.
 */
#ifndef EVTX_CHUNK_H
#define EVTX_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "util/le.h"
#include "util/span.h"

#define CHUNK_FILE_HEADER 4096U
#define CHUNK_BYTES 65536U
#define CHUNK_HEADER 512U
/* Length of a record's signature, size, id and time. */
#define CHUNK_RECORD_HEADER 24U
/* Length of the copy of the size at the end of a record. */
#define CHUNK_RECORD_SIZE_COPY 4U
#define CHUNK_RECORD_MIN 28U
/* Length of the smallest record that Windows writes, padded to 8 bytes. */
#define CHUNK_PADDED_RECORD_MIN 40U
#define CHUNK_SIGNATURE_BYTES 4U

/* The first bytes of every event record: "**" and two zeros. */
extern const uint8_t chunk_record_signature[CHUNK_SIGNATURE_BYTES];

/* The fields of a file header, which may be wrong. */
struct chunk_file_header {
	bool signature;
	bool crc_ok;
	bool dirty;
	uint64_t chunks;
};

void chunk_read_file_header(struct chunk_file_header *f, struct span block);

/* A chunk, the fields of its header, and which of its checksums hold. */
struct chunk {
	struct span bytes; /* the CHUNK_BYTES of the chunk */
	/* The original bytes if `bytes` is a repaired copy
	 * (signature_repair.h), else NULL. */
	const uint8_t *raw;
	uint64_t first_id; /* identifier of the first event record */
	uint64_t last_id;
	uint32_t free_offset; /* "free space offset" of the header, unchecked */
	uint32_t used_end;    /* result of chunk_used_end() */
	bool header_crc_ok;
	bool data_crc_ok; /* the checksum of the records holds */
	bool no_crc;      /* the header says that there are no checksums */
};

/* Read the header of a chunk; false if the signature is not there. */
bool chunk_read(struct chunk *c, struct span bytes);

/* Limit the used area to the first n bytes of the chunk: the source had no
 * more, and the rest is padding. */
void chunk_truncate(struct chunk *c, size_t n);

/* Initialize a chunk from bytes without a chunk signature. Its used area is
 * empty. */
void chunk_init_headerless(struct chunk *c, struct span bytes);

/* True if both checksums hold, or the header says that there are none. */
bool chunk_checksums_hold(const struct chunk *c);

/* The end of the used area: the free space offset, limited to the chunk. If the
 * header is intact, the used area ends with the record that the header gives as
 * the last one; bytes after that record are left from an earlier use of the
 * chunk. */
static inline uint32_t
chunk_used_end(const struct chunk *c)
{
	return c->used_end;
}

/* The end of the bytes for which both checksums hold; 0 if one does not. */
uint32_t chunk_verified_end(const struct chunk *c);

/* The free space offset of a chunk header whose checksum holds; 0 if it does
 * not hold or the offset is impossible. `bytes` may be shorter than a chunk. */
uint32_t chunk_claimed_end(struct span bytes);

/* True if there is a whole record, with the copy of its size, where the first
 * record of a chunk starts. The chunk header is not examined. */
bool chunk_has_first_record(struct span bytes);

/* True if the chunk in these CHUNK_BYTES was cut off before the offset: its
 * header is intact and says that the records extend beyond the offset, but no
 * whole record spans it. */
bool chunk_is_torn_at(struct span bytes, uint32_t offset);

/* The header of an event record. */
struct chunk_record {
	uint32_t offset; /* offset of the record in the chunk */
	uint32_t size;
	uint64_t id;
	uint64_t time; /* time at which the record was written, a FILETIME */
};

/* What is at an offset of the used area. */
enum chunk_place {
	CHUNK_RECORD, /* a record that fits into the used area */
	CHUNK_BROKEN, /* a record signature with an impossible size */
	CHUNK_OTHER,  /* bytes without a record signature */
	CHUNK_END,    /* the end of the used area */
};

/* Classify the offset. For CHUNK_RECORD and CHUNK_BROKEN *r becomes the record
 * header. */
enum chunk_place chunk_classify(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

/* Read the record header at an offset of the used area; false if there is none.
 * The next record starts at offset + size. */
bool chunk_record_at(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

/* Read the record header at an offset, without checking the signature; false
 * unless the size is possible and the record ends at `end` or before. */
static inline bool
chunk_read_record(
    struct span bytes, uint32_t offset, size_t end, struct chunk_record *r)
{
	const uint8_t *const p = bytes.p + offset;
	const size_t left = end - offset;

	/* Fields that are cut off read as 0. */
	r->offset = offset;
	r->size = left < 8 ? 0 : le_u32(p + 4);
	r->id = left < 16 ? 0 : le_u64(p + 8);
	r->time = left < CHUNK_RECORD_HEADER ? 0 : le_u64(p + 16);
	return r->size >= CHUNK_RECORD_MIN && r->size <= left;
}

/* Like chunk_read_record(), but in the used area, and also false if the record
 * does not end with a copy of its size. */
bool chunk_sizes_agree(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

/* The Binary XML of a record, and the padding after it. */
static inline struct span
chunk_record_content(const struct chunk *c, const struct chunk_record *r)
{
	return span_of(c->bytes.p + r->offset + CHUNK_RECORD_HEADER,
	    r->size - CHUNK_RECORD_HEADER - CHUNK_RECORD_SIZE_COPY);
}

/* The offset of the next record signature at or after `from`; `end` if there is
 * none before `end`. */
uint32_t chunk_find_signature(struct span bytes, uint32_t from, uint32_t end);

/* The offset of the next plausible record at or after `from`: its size fits and
 * is repeated at its end, and its id is in the range of the chunk. The end of
 * the used area if there is none. */
uint32_t chunk_resync(const struct chunk *c, uint32_t from);

/* chunk_count_records(): the number of consecutive records at the start of the
 * used area. chunk_records_end(): the offset where the last of them ends; this
 * is the free space offset unless the chunk is damaged. */
uint64_t chunk_count_records(const struct chunk *c);
uint32_t chunk_records_end(const struct chunk *c);

/* Find the next record of an earlier use of the chunk, which starts at `from`
 * or later and ends before `end`. No checksum covers such a record. It must
 * have a size that Windows writes and that is repeated at its end, a possible
 * id and time, and the start of Binary XML after its header. */
bool chunk_find_carved(
    const struct chunk *c, uint32_t from, uint32_t end, struct chunk_record *r);

/* The start of the unbroken run of carved records that contains the offset: the
 * records of a run were written at the same time. Returns the offset itself if
 * it is not in a carved record. */
uint32_t chunk_carved_run(const struct chunk *c, uint32_t offset);

/* True if a time can be that of an event: 2000 to 2100. Windows has written
 * EVTX files since 2006. */
static inline bool
chunk_time_is_possible(uint64_t time)
{
	return time >= UINT64_C(125911584000000000) && /* 2000-01-01 */
	       time < UINT64_C(157766880000000000);    /* 2100-12-10 */
}

#endif
