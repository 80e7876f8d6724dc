/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that come block by block, once.
 */
#ifndef INPUT_BLOCKS_H
#define INPUT_BLOCKS_H

#include "util/err.h"
#include "util/span.h"

struct blocks {
	/* The next block, valid until the next call. RC_END at the end;
	 * RC_SKIP: the rest cannot be read. */
	enum rc (*next)(void *ctx, struct span *block, struct err *e);
	void *ctx;
};

#endif
