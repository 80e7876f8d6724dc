/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a record again in its chunk, with both decoders, by the RecordKey of
 * its line (audit/locate_record.h).
 */
#ifndef AUDIT_REREAD_RECORD_H
#define AUDIT_REREAD_RECORD_H

#include "audit/locate_record.h"
#include "evtx/chunk.h"
#include "util/buf.h"

/* A record that was read again. */
struct reread_record {
	struct chunk_record header; /* its offset is in the chunk */
	struct buf ours;            /* the event as XML */
	struct buf theirs;          /* the same by libevtx; empty: it cannot */
	struct err refused;         /* why libevtx cannot */
};

void reread_record_init(struct reread_record *t);
void reread_record_reset(struct reread_record *t);

/* Read the record with that key in the chunk at `place` of the open source: if
 * it has several, the one whose line it is.
 * RC_SKIP: there is none any more, or it cannot be read. */
enum rc reread_record_read(int fd, const struct record_place *place,
    const char *key, struct reread_record *out, struct err *e);

#endif
