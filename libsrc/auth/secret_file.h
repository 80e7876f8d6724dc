/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files with a secret that other programs write and replace.
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

/* The same for the file `name` in a folder, if no other user could have put it
 * there: only its owner may write the folder, and the file is a regular file,
 * not a link, that only its owner may write, and belongs to root or to the
 * owner of the folder. */
enum rc secret_file_read_guarded(
    const char *folder, const char *name, struct buf *out, struct err *e);

#define SECRET_FILE_GUARDED_MAX 4096

#endif
