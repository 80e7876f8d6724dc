/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the name of a log (its channel) in the name of its file.
 *
 * Windows writes the / of a channel as %4 in the name of its file. Collectors
 * percent-encode names, and add the host or the time to names of copies. A full
 * log that Windows archives is called Archive-LOG-TIME.evtx.
 */
#ifndef INPUT_LOGNAME_H
#define INPUT_LOGNAME_H

#include <stdbool.h>

/* Size of a name with its NUL: channels have at most 255 characters. */
#define LOGNAME_MAX 256U

/* The log in which a Windows event collector stores events of other computers.
 */
#define LOGNAME_FORWARDED "ForwardedEvents"

/* Set `name` to the log of a source, which is a path or ARCHIVE!/PATH. `name`
 * becomes empty if the file's name has nothing but an ending, or is longer than
 * a channel's can be. */
void logname_of(const char *source, char name[LOGNAME_MAX]);

/* Returns the byte that is percent-encoded at p, such as %41; -1 if there is
 * none. */
int logname_percent(const char *p);

/* True if the text begins with the form, in which each d stands for any digit.
 */
bool logname_starts_like(const char *text, const char *form);

/* True if the name contains LOGNAME_FORWARDED, ignoring case. */
bool logname_is_forwarded(const char *name);

#endif
