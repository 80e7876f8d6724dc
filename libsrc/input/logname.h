/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log that a file is of, by the file's name.
 *
 * Windows writes the / of a channel as %4 in the name of its file. Collectors
 * percent-encode names, and name copies after the host or the time. A full log
 * that Windows archives is called Archive-LOG-TIME.evtx.
 */
#ifndef INPUT_LOGNAME_H
#define INPUT_LOGNAME_H

#include <stdbool.h>

/* Channels have at most 255 characters. */
#define LOGNAME_MAX 256U

/* Where a collector keeps what other computers forward to it. */
#define LOGNAME_FORWARDED "ForwardedEvents"

/* `source`: a path, or ARCHIVE!/PATH. The name is empty if there is none, or
 * if it is longer than that of a channel. */
void logname_of(const char *source, char name[LOGNAME_MAX]);

/* Whether the name says that it is a collector's log. */
bool logname_is_forwarded(const char *name);

#endif
