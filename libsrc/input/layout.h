/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derives the host and the original path of a log from the name that a
 * collector gave to its copy. Only the name is examined, and a name can be
 * wrong: the result is a hint for people, and rows never depend on it.
 *
 * Velociraptor: [Collection-HOST-TIME.zip] uploads/ACCESSOR/VOLUME/... Every
 * part is percent-encoded; the volume is C%3A or %5C%5C.%5CC%3A or the device
 * of a shadow copy. An archive from the server is called HOST-C.*-F.*.zip.
 *
 * KAPE: [TIME_HOST.zip] [HOST] [VSSn] C/... The folder HOST is a habit of its
 * users.
 *
 * CyLR: HOST.zip with C/... at its top.
 */
#ifndef INPUT_LAYOUT_H
#define INPUT_LAYOUT_H

#include "util/buf.h"

/* Maximum length of `path` in bytes; paths on Windows are not longer. */
#define LAYOUT_PATH_MAX ((size_t)96 << 10)

enum layout_tool {
	LAYOUT_PLAIN,
	LAYOUT_VELOCIRAPTOR,
	LAYOUT_KAPE,
	LAYOUT_CYLR,
};

struct layout {
	enum layout_tool tool;
	struct span host; /* host, a part of the given name; n = 0: unknown */
	unsigned shadow;  /* number of the shadow copy; 0: the live volume */
	struct buf path; /* path on the computer, with backslashes; any bytes */
};

/* Analyze a name, which is a path or ARCHIVE!/PATH. The result borrows it. */
void layout_init(struct layout *l, const char *name);
void layout_reset(struct layout *l);

/* Returns "velociraptor", "kape" or "cylr"; NULL for LAYOUT_PLAIN. */
const char *layout_name(enum layout_tool tool);

#endif
