/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the first bytes of a file, which a run continues, are those that
 * were written or read before.
 */
#ifndef UTIL_PREFIX_H
#define UTIL_PREFIX_H

#include "util/digest.h"

struct prefix {
	int fd;
	const char *name; /* for messages */
	uint64_t n;
};

/* Receives the first n bytes, block by block. */
struct prefix_visit {
	enum rc (*take)(void *arg, struct span bytes, struct err *e);
	void *arg;
};

/* Read the first n bytes. WHY_TAMPERED if there are fewer. */
enum rc prefix_read(
    const struct prefix *p, const struct prefix_visit *visit, struct err *e);

/* Compare the digest of the first n bytes and `rest` with the saved one;
 * WHY_TAMPERED if they differ. */
enum rc prefix_check(const struct prefix *p, struct span rest,
    const struct digest_state *state, struct err *e);

/* The same failure, for callers that compare themselves. */
enum rc prefix_changed(const char *name, struct err *e);

#endif
