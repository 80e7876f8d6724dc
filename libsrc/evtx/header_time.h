/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the times in record headers are those of the events.
 *
 * In a log as Windows wrote it, the header of a record has the time that its
 * System has. In one that was saved by Event Viewer or wevtutil it has the time
 * of the next record, and the last one has none. A record that lacks a time in
 * its System may take that of its header only in the first kind.
 */
#ifndef EVTX_HEADER_TIME_H
#define EVTX_HEADER_TIME_H

#include "evtx/chunk.h"

/* Whether the records of a chunk hold the times of their own headers as values,
 * and none holds that of the header before its own instead. False if no record
 * tells. */
bool header_time_holds(const struct chunk *c);

/* Whether a header's time can be the time of an event. */
bool header_time_possible(uint64_t time);

/* Whether the first values of a record have a possible time among them. */
bool header_time_in(
    const struct chunk *c, const struct chunk_record *r, uint64_t time);

#endif
