/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records whose signature is damaged.
 *
 * A record starts with four bytes that are always the same, and all else of
 * its header says the same things twice. So a record whose signature is wrong,
 * in one bit or in all of it, is known by the rest: it starts where the record
 * before it ends, or the used area begins; its size is repeated at its end; its
 * id and its time lie between those of its neighbours and in what an intact
 * chunk header says; and where it ends another record starts, or the used area
 * ends. Its signature is mended in a copy of the chunk, for every decoder.
 *
 * What misses one of these but has both sizes right is a record that is lost.
 */
#ifndef EVTX_SIGNATURE_REPAIR_H
#define EVTX_SIGNATURE_REPAIR_H

#include "evtx/decoder.h"

/* Mend the signatures of records in the used area. Where there are any, the
 * chunk has its bytes in `copy` (of CHUNK_BYTES) afterwards, and in `raw` those
 * that it had. */
void signature_repair_chunk(struct chunk *c, uint8_t *copy);

/* Whether the signature of the record at the offset was mended. */
bool signature_repair_is_done(const struct chunk *c, uint32_t offset);

/* Say in `repaired` of a record that was read that its signature was mended, if
 * it was; `text` has room for SIGNATURE_REPAIR_TEXT_MAX bytes and stays the
 * caller's. */
#define SIGNATURE_REPAIR_TEXT_MAX 1024U
void signature_repair_report(
    const struct chunk *c, struct record *r, char *text);

/* Whether bytes without a record's signature have both sizes of one, which ends
 * in the used area; its header, then. */
bool signature_repair_sizes_agree(
    const struct chunk *c, uint32_t offset, struct chunk_record *r);

#endif
