/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of the files in a staging directory. Writers and readers use the same
 * limits, so that everything that is written can be read back.
 */
#ifndef UTIL_MAXIMA_H
#define UTIL_MAXIMA_H

#include <stddef.h>
#include <stdint.h>

/* Maximum size of manifest.json in bytes, and maximum number of segments (64 MB
 * each). Only its lists of segments and of long values grow with the input. */
#define MAXIMUM_MANIFEST ((size_t)256 << 20)
#define MAXIMUM_SEGMENTS ((size_t)1000000)

/* Maximum length of a line of any .ndjson file in bytes. */
#define MAXIMUM_LINE ((size_t)4 << 20)

/* Maximum length of a source's name in bytes. A longer name is replaced by its
 * first MAXIMUM_NAME_KEPT bytes and its digest. */
#define MAXIMUM_NAME ((size_t)1024)
#define MAXIMUM_NAME_KEPT ((size_t)950)

/* Maximum number of EventRecordID ranges in a line of logs.ndjson. */
#define MAXIMUM_LOG_RANGES ((size_t)1000)

/* Maximum length in bytes of the notes (log_cleared, clock_back) in a line of
 * logs.ndjson. The other members always fit into the rest of MAXIMUM_LINE.
 * Further notes are only counted. */
#define MAXIMUM_LOG_NOTES ((size_t)3 << 20)

#endif
