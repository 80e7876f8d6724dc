/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first bytes of a file that somebody goes on with: whether they are what
 * was written.
 */
#ifndef UTIL_PREFIX_H
#define UTIL_PREFIX_H

#include "util/digest.h"

struct prefix {
	int fd;
	const char *name; /* for messages */
	uint64_t n;
};

/* Called with the first n bytes, block by block. */
struct prefix_visit {
	enum rc (*take)(void *arg, struct span bytes, struct err *e);
	void *arg;
};

/* WHY_TAMPERED: there are fewer bytes. */
enum rc prefix_read(
    const struct prefix *p, const struct prefix_visit *visit, struct err *e);

/* Whether the first n bytes and `rest` are those of the digest that was saved;
 * else WHY_TAMPERED. */
enum rc prefix_check(const struct prefix *p, struct span rest,
    const struct digest_state *state, struct err *e);

/* The same failure for whoever compares by himself. */
enum rc prefix_changed(const char *name, struct err *e);

#endif
