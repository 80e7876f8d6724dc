/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --time-policy arrival: TimeGenerated becomes the time of sending.
 *
 * All rows of a batch get one time, which is committed to the checkpoint with
 * the batch before the first request. A batch that may have arrived is sent
 * again with the same time and so with the same bytes, also by a run with
 * another policy. A batch that certainly has not arrived gets a new time.
 *
 * The time is written over the old one in the bytes to be sent: lines keep
 * their length, and segments, digests and batch keys do not change. A row
 * without TimeCreated_CF keeps its time, since nothing else holds it.
 */
#ifndef LOAD_ARRIVAL_TIME_H
#define LOAD_ARRIVAL_TIME_H

#include "checkpoint/batch.h"
#include "load/load.h"

/* WHY_USAGE if the run uses --time-policy arrival, but the rows of a staging
 * have no TimeGenerated to replace. */
enum rc arrival_time_check(const struct load_run *run, struct err *e);

/* Set b->stamp of a batch that is about to be sent, unless the batch may have
 * arrived. If `policy` is false, the rows keep their own times. now: seconds
 * since 1970. */
void arrival_time_set(struct batch *b, bool policy, int64_t now);

/* Replace TimeGenerated in whole lines, each with its LF, by the time (seconds
 * since 1970). */
void arrival_time_write(uint8_t *lines, size_t n, int64_t time);

#endif
