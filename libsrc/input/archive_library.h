/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of libarchive, which is loaded when a run has archives.
 *
 * libarchive brings libxml2, ICU (30 MB) and the library of C++. Together they
 * are half of a program's start, which a run that reads only logs does not
 * need.
 */
#ifndef INPUT_ARCHIVE_LIBRARY_H
#define INPUT_ARCHIVE_LIBRARY_H

#include <archive.h>
#include <archive_entry.h>

#include "util/err.h"

/* X(type of the result, name without archive_, parameters) */
#define ARCHIVE_FUNCTIONS(X) \
	X(int, version_number, (void)) \
	X(int, errno, (struct archive *)) \
	X(const char *, error_string, (struct archive *)) \
	X(la_int64_t, filter_bytes, (struct archive *, int)) \
	X(int, filter_count, (struct archive *)) \
	X(int, format, (struct archive *)) \
	X(struct archive *, read_new, (void)) \
	X(int, read_free, (struct archive *)) \
	X(int, read_support_filter_bzip2, (struct archive *)) \
	X(int, read_support_filter_gzip, (struct archive *)) \
	X(int, read_support_filter_lz4, (struct archive *)) \
	X(int, read_support_filter_xz, (struct archive *)) \
	X(int, read_support_filter_zstd, (struct archive *)) \
	X(int, read_support_format_7zip, (struct archive *)) \
	X(int, read_support_format_raw, (struct archive *)) \
	X(int, read_support_format_tar, (struct archive *)) \
	X(int, read_support_format_zip, (struct archive *)) \
	X(int, read_support_format_zip_streamable, (struct archive *)) \
	X(int, read_set_format_option, \
	    (struct archive *, const char *, const char *, const char *)) \
	X(int, read_set_callback_data, (struct archive *, void *)) \
	X(int, read_add_passphrase, (struct archive *, const char *)) \
	X(int, read_open, \
	    (struct archive *, void *, archive_open_callback *, \
		archive_read_callback *, archive_close_callback *)) \
	X(int, read_open_fd, (struct archive *, int, size_t)) \
	X(int, read_next_header, (struct archive *, struct archive_entry **)) \
	X(int, read_data_block, \
	    (struct archive *, const void **, size_t *, la_int64_t *)) \
	X(la_int64_t, read_header_position, (struct archive *)) \
	X(void, set_error, (struct archive *, int, const char *, ...)) \
	X(__LA_MODE_T, entry_filetype, (struct archive_entry *)) \
	X(const char *, entry_hardlink, (struct archive_entry *)) \
	X(int, entry_is_data_encrypted, (struct archive_entry *)) \
	X(const char *, entry_pathname, (struct archive_entry *)) \
	X(la_int64_t, entry_size, (struct archive_entry *)) \
	X(int, entry_size_is_set, (struct archive_entry *)) \
	X(const char *, entry_symlink, (struct archive_entry *))

/* The functions under their names. */
struct archive_library {
#define ARCHIVE_MEMBER(result, name, parameters) \
	result(*archive_##name) parameters;
	ARCHIVE_FUNCTIONS(ARCHIVE_MEMBER)
#undef ARCHIVE_MEMBER
};

/* Load libarchive. Must be called before a sandbox makes its files unreachable.
 * RC_FATAL if it is missing. */
enum rc archive_library_open(struct archive_library **lp, struct err *e);
void archive_library_close(struct archive_library *l); /* takes NULL */

#endif
