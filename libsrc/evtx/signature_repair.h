/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair of event records with a damaged signature.
 *
 * A record whose signature is wrong, in one bit or in all of it, is recognized
 * by everything else:
 *   - it starts where the previous record or the chunk header ends;
 *   - its size is repeated at its end;
 *   - its id and time lie between those of its neighbours, and in the range of
 *     the chunk header if that is intact;
 *   - where it ends, another record starts, or the used area ends.
 * The signature is repaired in a copy of the chunk, for every decoder. A record
 * that fails a test but has both sizes right is reported as lost.
 */
#ifndef EVTX_SIGNATURE_REPAIR_H
#define EVTX_SIGNATURE_REPAIR_H

#include "evtx/decoder.h"

#define SIGNATURE_REPAIR_TEXT_MAX 1024U

/* Repair the signatures of the used area. If there were any to repair,
 * c->bytes is afterwards `copy` (of CHUNK_BYTES), and c->raw the original. */
void signature_repair_chunk(struct chunk *c, uint8_t *copy);

/* If the signature of a decoded record was repaired, add that to r->repaired.
 * `text` has room for SIGNATURE_REPAIR_TEXT_MAX bytes and must live as long as
 * the record. */
void signature_repair_report(
    const struct chunk *c, struct record *r, char *text);

#endif
