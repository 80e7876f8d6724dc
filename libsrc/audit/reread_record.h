/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the record of a line again in its chunk, by its RecordKey and with
 * both decoders (audit/locate_record.h finds the chunk).
 */
#ifndef AUDIT_REREAD_RECORD_H
#define AUDIT_REREAD_RECORD_H

#include "audit/locate_record.h"
#include "evtx/chunk.h"
#include "util/buf.h"

struct reread_record {
	struct chunk_record header; /* its offset is in the chunk */
	struct buf ours;            /* the event as XML, by our decoder */
	struct buf theirs;  /* the same by libevtx; empty: it cannot read it */
	struct err refused; /* why libevtx cannot */
};

void reread_record_init(struct reread_record *t);
void reread_record_reset(struct reread_record *t);

/* Find and read the record with this key in the chunk at `place` of the open
 * source; of several, the one of the line `place.nth`. RC_SKIP: there is none
 * any more, or it cannot be read. */
enum rc reread_record_read(int fd, const struct record_place *place,
    const char *key, struct reread_record *out, struct err *e);

#endif
