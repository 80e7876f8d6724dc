/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the beginning of a file has not changed since a checkpoint, when
 * a run continues to read or write the file.
 */
#ifndef UTIL_PREFIX_H
#define UTIL_PREFIX_H

#include "util/digest.h"

struct prefix {
	int fd;
	const char *name; /* name of the file in messages */
	uint64_t n;       /* length of the prefix in bytes */
};

/* Called with the bytes of the prefix, block by block. */
struct prefix_visit {
	enum rc (*take)(void *arg, struct span bytes, struct err *e);
	void *arg;
};

/* Read the prefix. WHY_TAMPERED: the file is shorter. */
enum rc prefix_read(
    const struct prefix *p, const struct prefix_visit *visit, struct err *e);

/* Compute the digest of the prefix followed by `rest` and compare it with the
 * saved state. WHY_TAMPERED: they differ. */
enum rc prefix_check(const struct prefix *p, struct span rest,
    const struct digest_state *state, struct err *e);

/* Report WHY_TAMPERED: the file was changed since the checkpoint. */
enum rc prefix_changed(const char *name, struct err *e);

#endif
