/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locale in which libarchive reads the names of members.
 */
#ifndef INPUT_UNPACK_NAMES_H
#define INPUT_UNPACK_NAMES_H

#include "input/unpack.h"

/* Load a locale for names of members, which may have characters that this
 * process's locale lacks. Must be called before a sandbox makes the files of
 * locales unreachable. If no locale can be loaded, members with such names are
 * numbered. */
enum rc unpack_names_prepare(struct unpack_options *o, struct err *e);
void unpack_names_forget(struct unpack_options *o);

#endif
