/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files with a secret, which other programs write and replace.
 */
#ifndef AUTH_SECRET_FILE_H
#define AUTH_SECRET_FILE_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* Append the text of a file of at most max bytes, without white space at its
 * end. WHY_DENIED with the reason. */
enum rc secret_file_read(
    const char *path, size_t max, struct buf *out, struct err *e);

/* The same for a file `name` in a folder, both of which nobody but their owner
 * may write: no link, a regular file, owned by root or by the owner of the
 * folder. */
enum rc secret_file_read_guarded(
    const char *folder, const char *name, struct buf *out, struct err *e);

#define FILE_GUARDED_MAX 4096

#endif
