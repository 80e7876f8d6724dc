/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the log that a file is of in the file's name.
 *
 * Windows writes the / of a channel as %4 in the name of its file. Collectors
 * percent-encode names, and add the host or the time to names of copies. A full
 * log that Windows archives is called Archive-LOG-TIME.evtx.
 */
#ifndef INPUT_LOGNAME_H
#define INPUT_LOGNAME_H

#include <stdbool.h>

/* Channels have at most 255 characters. */
#define LOGNAME_MAX 256U

/* The log in which a collector stores the events of other computers. */
#define LOGNAME_FORWARDED "ForwardedEvents"

/* `source` is a path, or ARCHIVE!/PATH. `name` becomes empty if the file's name
 * says nothing, or is longer than a channel's can be. */
void logname_of(const char *source, char name[LOGNAME_MAX]);

/* The byte that %41 and the like at p encode; -1: p has another form. */
int logname_percent(const char *p);

/* True if a text begins like a form, in which d is any digit. */
bool logname_starts_like(const char *text, const char *form);

/* True if the name is that of a collector's log. */
bool logname_is_forwarded(const char *name);

#endif
