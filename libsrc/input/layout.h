/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a log was on the computer that it comes from, by the name that the
 * collector gave to its copy. Nothing but the name is looked at, and a name
 * can lie: it is a hint for people, rows never depend on it.
 *
 * Velociraptor: [Collection-HOST-TIME.zip] uploads/ACCESSOR/VOLUME/..., every
 *   part percent-encoded, the volume as C%3A or %5C%5C.%5CC%3A or the device of
 *   a shadow copy; HOST-C.*-F.*.zip when it comes from the server.
 * KAPE: [TIME_HOST.zip] [HOST] [VSSn] C/..., the folder of the host being a
 *   habit of those who use it.
 * CyLR: HOST.zip with C/... at its top.
 */
#ifndef INPUT_LAYOUT_H
#define INPUT_LAYOUT_H

#include "util/buf.h"

/* Windows allows no longer paths. */
#define LAYOUT_PATH_MAX ((size_t)96 << 10)

enum layout_tool {
	LAYOUT_PLAIN,
	LAYOUT_VELOCIRAPTOR,
	LAYOUT_KAPE,
	LAYOUT_CYLR,
};

struct layout {
	enum layout_tool tool;
	struct span host; /* part of the given name; n = 0: unknown */
	unsigned shadow;  /* number of the shadow copy; 0: the live volume */
	struct buf path; /* path on the computer, with backslashes; any bytes */
};

/* `name`: a path, or ARCHIVE!/PATH; borrowed by the result. */
void layout_init(struct layout *l, const char *name);
void layout_reset(struct layout *l);

/* "velociraptor", "kape" or "cylr"; NULL for plain folders. */
const char *layout_name(enum layout_tool tool);

#endif
