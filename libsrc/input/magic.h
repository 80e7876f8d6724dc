/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is, by its first bytes and by its name.
 *
 * Formats: PKWARE's APPNOTE (zip), 7zFormat.txt, POSIX.1 pax (tar), RFC 1952
 * (gzip), RFC 8878 (zstd), and the format descriptions of xz, bzip2 and lz4.
 */
#ifndef INPUT_MAGIC_H
#define INPUT_MAGIC_H

#include <stdbool.h>

#include "util/span.h"

/* A tar header; nothing that is looked at is behind it. */
#define MAGIC_BYTES 512U

enum magic {
	MAGIC_NONE,     /* a log, or nothing that is known here */
	MAGIC_ZIP,      /* can be read from its beginning to its end */
	MAGIC_SEVENZIP, /* has its list of members at its end */
	MAGIC_TAR,
	MAGIC_COMPRESSED, /* by gzip, bzip2, xz, zstd or lz4; mostly a tar */
};

/* By the first bytes, MAGIC_BYTES of them if there are so many. A block of
 * zeros is no archive, although tar would take it for an empty one: it may be
 * the zeroed header of a log. */
enum magic magic_of(struct span head);

/* Whether it begins as a log does, whatever its name is. */
bool magic_is_evtx(struct span head);

/* By the end of a name, without regard to case. */
bool magic_is_log(const char *name);
bool magic_is_archive(const char *name);

#endif
