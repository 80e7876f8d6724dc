/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maxima of a staging directory. Writers and readers share them, so that
 * everything that is written can be read back.
 */
#ifndef UTIL_MAXIMA_H
#define UTIL_MAXIMA_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of manifest.json. Of the lists that grow with the input it only
 * contains the segments (64 MB each) and the long values. */
#define MAXIMUM_MANIFEST ((size_t)256 << 20)
#define MAXIMUM_SEGMENTS ((size_t)1000000)

/* A line of any .ndjson file. */
#define MAXIMUM_LINE ((size_t)4 << 20)

/* Bytes of a source's name. Longer names keep this many bytes before their
 * digest. */
#define MAXIMUM_NAME ((size_t)1024)
#define MAXIMUM_NAME_KEPT ((size_t)950)

/* Ranges of ids in a line of logs.ndjson. */
#define MAXIMUM_LOG_RANGES ((size_t)1000)

/* Bytes of the notes (log_cleared, clock_back) in a line of logs.ndjson; the
 * other members need less than the rest of MAXIMUM_LINE. Notes beyond it are
 * counted. */
#define MAXIMUM_LOG_NOTES ((size_t)3 << 20)

#endif
