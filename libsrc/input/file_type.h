/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognizes files by their first bytes and their names.
 *
 * Formats: PKWARE's APPNOTE (zip), 7zFormat.txt, POSIX.1 pax (tar), RFC 1952
 * (gzip), RFC 8878 (zstd), and the format descriptions of xz, bzip2 and lz4.
 */
#ifndef INPUT_FILE_TYPE_H
#define INPUT_FILE_TYPE_H

#include <stdbool.h>

#include "util/span.h"

/* Bytes that are needed to recognize a type: a tar header. */
#define FILE_TYPE_BYTES 512U

enum file_type {
	FILE_TYPE_UNKNOWN, /* a log, or an unknown type */
	FILE_TYPE_ZIP,     /* a zip, which can be read as a stream */
	FILE_TYPE_7Z,      /* needs a file: its list of members is at the end */
	FILE_TYPE_TAR,
	FILE_TYPE_COMPRESSED, /* with gzip, bzip2, xz, zstd or lz4; usually a
				 tar */
};

/* The type by the first FILE_TYPE_BYTES, or fewer if the file is shorter. A
 * block of zeros is not an archive, although tar regards it as an empty one: it
 * may be the zeroed header of a log. */
enum file_type file_type_of(struct span head);

/* Bytes that are enough for the two functions below. */
#define FILE_TYPE_FIRST_BYTES 16U

/* True if it begins like a log or a chunk, whatever its name is. */
bool file_type_is_evtx(struct span head);

/* Why a file that looks like evidence, by its first bytes or its name, cannot
 * be read, and what to do; or NULL. Of a disk image in several files only the
 * first one is reported. */
const char *file_type_unsupported(struct span head, const char *name);

/* True for names with such an ending, ignoring case. */
bool file_type_is_log_name(const char *name);
bool file_type_is_archive_name(const char *name);

/* True for the name of a compressed log, such as Security.evtx.gz or
 * Security.evtx.1.xz. */
bool file_type_is_packed_log_name(const char *name);

/* The length of a name without the ending of a compression; its whole length if
 * it has none. */
size_t file_type_unpacked_name(const char *name);

#endif
