/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the record of a staged line again from its chunk, by its RecordKey and
 * with both decoders (audit/locate_record.h finds the chunk).
 */
#ifndef AUDIT_REREAD_RECORD_H
#define AUDIT_REREAD_RECORD_H

#include "audit/locate_record.h"
#include "evtx/chunk.h"
#include "util/buf.h"

struct reread_record {
	/* Header of the record. header.offset is an offset in the chunk. */
	struct chunk_record header;
	struct buf ours; /* the event as XML, by our decoder */
	/* The event as XML, by libevtx; empty if libevtx cannot read it. */
	struct buf theirs;
	struct err refused; /* why libevtx cannot read the record */
};

void reread_record_init(struct reread_record *t);
void reread_record_reset(struct reread_record *t);

/* Find and read the record with this key in the chunk at `place` of the open
 * source. If several records have the key, place->nth selects one. RC_SKIP: the
 * chunk has no such record any more, or the record cannot be read. */
enum rc reread_record_read(int fd, const struct record_place *place,
    const char *key, struct reread_record *out, struct err *e);

#endif
