/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maxima of what a staging directory holds. Whatever writes one and
 * whatever reads one use these, so that nothing is written that cannot be read
 * back.
 */
#ifndef UTIL_MAXIMA_H
#define UTIL_MAXIMA_H

#include <stddef.h>
#include <stdint.h>

/* manifest.json. Lists that grow with the input are not in it, but for
 * segments (64 MB each) and long values. */
#define MAXIMUM_MANIFEST ((size_t)256 << 20)
#define MAXIMUM_SEGMENTS ((size_t)1000000)

/* A line of any .ndjson file. */
#define MAXIMUM_LINE ((size_t)4 << 20)

/* The name of a source: evidence_name() cuts longer ones, and keeps at most so
 * many bytes of them before the digest. */
#define MAXIMUM_NAME ((size_t)1024)
#define MAXIMUM_NAME_KEPT ((size_t)950)

/* Ranges of ids in a line of logs.ndjson. */
#define MAXIMUM_LOG_RANGES ((size_t)1000)

/* Bytes of the notes (log_cleared, clock_back) in a line of logs.ndjson; what
 * it says beside them has less than MAXIMUM_LINE less this. Those that are not
 * listed are counted. */
#define MAXIMUM_LOG_NOTES ((size_t)3 << 20)

#endif
