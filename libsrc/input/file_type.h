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

/* Number of bytes that file_type_of() needs: the length of a tar header. */
#define FILE_TYPE_BYTES 512U

enum file_type {
	FILE_TYPE_UNKNOWN, /* a log, or an unknown type */
	FILE_TYPE_ZIP,     /* a zip, which can be read as a stream */
	/* A 7z; must be a file: its list of members is at the end. */
	FILE_TYPE_7Z,
	FILE_TYPE_TAR,
	/* Data compressed with gzip, bzip2, xz, zstd or lz4; usually a tar. */
	FILE_TYPE_COMPRESSED,
};

/* Returns the type of a file by its first FILE_TYPE_BYTES, or fewer if the file
 * is shorter. A block of zeros is not recognized as a tar, although tar regards
 * it as an empty archive: it may be the zeroed header of a log. */
enum file_type file_type_of(struct span head);

/* Number of bytes that file_type_is_evtx() and file_type_unsupported() need. */
#define FILE_TYPE_FIRST_BYTES 16U

/* True if a file begins like a log or a chunk. Its name is not needed. */
bool file_type_is_evtx(struct span head);

/* Returns why a file that looks like evidence, by its first bytes or its name,
 * cannot be read, and what to do; NULL for other files. If a disk image
 * consists of several files, only the first one is reported. */
const char *file_type_unsupported(struct span head, const char *name);

/* True for the names of logs (.evtx) and of archives (.zip, .tar.gz, ...),
 * ignoring case. */
bool file_type_is_log_name(const char *name);
bool file_type_is_archive_name(const char *name);

/* True for the name of a compressed log, such as Security.evtx.gz or
 * Security.evtx.1.xz. */
bool file_type_is_packed_log_name(const char *name);

/* Returns the length of a name without .gz, .bz2, .xz, .zst or .lz4 at its end;
 * the whole length if it has no such ending. */
size_t file_type_unpacked_name(const char *name);

#endif
