/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads small files with a secret, which other programs write and replace.
 */
#ifndef AUTH_SECRET_FILE_H
#define AUTH_SECRET_FILE_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* Append the content of a file of at most `max` bytes, without white space at
 * its end. WHY_DENIED if it cannot be read or is empty. */
enum rc secret_file_read(
    const char *path, size_t max, struct buf *out, struct err *e);

/* Read the file `name` in a folder, unless another user may have put it there.
 * Only its owner may have permission to write the folder. The file must be a
 * regular file, not a link, that belongs to root or to the owner of the folder
 * and that only its owner may write. It may have at most
 * SECRET_FILE_GUARDED_MAX bytes. */
enum rc secret_file_read_guarded(
    const char *folder, const char *name, struct buf *out, struct err *e);

#define SECRET_FILE_GUARDED_MAX 4096

#endif
