/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether the times in record headers are those of the events.
 *
 * In a log as Windows writes it, the header of a record and its System element
 * have the same time. In a log that Event Viewer or wevtutil exported, a header
 * has the time of the next record, and the last header has none. A record
 * without a time in System may use the time of its header only in a log of the
 * first kind.
 */
#ifndef EVTX_HEADER_TIME_H
#define EVTX_HEADER_TIME_H

#include "evtx/chunk.h"

/* True if the records of a chunk hold the times of their own headers as values,
 * and none holds the time of the previous header instead. False if no record
 * holds either. */
bool header_time_holds(const struct chunk *c);

/* True if the first values of a record include this time, and it is possible
 * (chunk_time_is_possible()). */
bool header_time_in(
    const struct chunk *c, const struct chunk_record *r, uint64_t time);

#endif
