/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is, by its first bytes and by its name.
 *
 * Formats: PKWARE's APPNOTE (zip), 7zFormat.txt, POSIX.1 pax (tar), RFC 1952
 * (gzip), RFC 8878 (zstd), and the format descriptions of xz, bzip2 and lz4.
 */
#ifndef INPUT_FILE_TYPE_H
#define INPUT_FILE_TYPE_H

#include <stdbool.h>

#include "util/span.h"

/* A tar header; nothing that is looked at is behind it. */
#define FILE_TYPE_BYTES 512U

enum file_type {
	FILE_TYPE_UNKNOWN, /* a log, or nothing that is known here */
	FILE_TYPE_ZIP,     /* can be read from its beginning to its end */
	FILE_TYPE_7Z,      /* has its list of members at its end */
	FILE_TYPE_TAR,
	FILE_TYPE_COMPRESSED, /* by gzip, bzip2, xz, zstd or lz4; mostly a tar
			       */
};

/* By the first bytes, FILE_TYPE_BYTES of them if there are so many. A block of
 * zeros is no archive, although tar would take it for an empty one: it may be
 * the zeroed header of a log. */
enum file_type file_type_of(struct span head);

/* So many bytes are enough for the two functions below. */
#define FILE_TYPE_FIRST_BYTES 16U

/* Whether it begins as a log does, or as a chunk of one, whatever its name
 * is. */
bool file_type_is_evtx(struct span head);

/* Why something that looks like evidence, by its first bytes or by its name,
 * cannot be read, and what to do; or NULL. Of a disk image in several files
 * only the first one counts. */
const char *file_type_unsupported(struct span head, const char *name);

/* By the end of a name, without regard to case. */
bool file_type_is_log_name(const char *name);
bool file_type_is_archive_name(const char *name);

/* A log that is compressed alone, as Security.evtx.gz or Security.evtx.1.xz. */
bool file_type_is_packed_log_name(const char *name);

/* How many bytes of a name are left without the ending of a compression; all of
 * them if there is none. */
size_t file_type_unpacked_name(const char *name);

#endif
