/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a source in a manifest: the path of a file, or the name of an
 * archive followed by the path of a member, as outer.zip!/inner.tar.gz!/x.evtx.
 */
#ifndef INPUT_SOURCE_NAME_H
#define INPUT_SOURCE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

/* Separates the name of an archive from the name of its member. */
#define SOURCE_NAME_INSIDE "!/"

/* Returns the name as UTF-8, with invalid bytes replaced; `archive` is NULL for
 * a file. The caller frees it; NULL if memory is exhausted. A name of more than
 * MAXIMUM_NAME bytes is shortened to its beginning, "...sha256:" and the
 * SHA-256 of the whole name. A shorter name that ends in the same way is also
 * shortened, so that different names stay different. */
char *source_name_make(const char *archive, const char *path);

/* False if the name may not be that of the file: invalid bytes were replaced,
 * or it was shortened. */
bool source_name_is_exact(const char *name);

/* Returns the length of the path of an existing file at the beginning of the
 * name: the whole length if the source is not a member. Both paths and members
 * may contain "!/", so the shortest path that exists is the file. 0 if there is
 * no such file; e has the reason. */
size_t source_name_file(const char *name, struct err *e);

#endif
