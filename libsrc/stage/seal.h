/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that carries its own digest: the SHA-256 of all its bytes, with zeros
 * where the digest itself stands. So a manifest whose bytes were changed is
 * known, even before anybody has seen it whole.
 */
#ifndef STAGE_SEAL_H
#define STAGE_SEAL_H

#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"

/* What a text to be sealed has in the place of the digest. */
#define SEAL_OPEN \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* Put the digest in the last such place. */
enum rc seal_put(struct buf *text, struct err *e);

/* Whether `seal`, which stands in the text, is its digest: WHY_TAMPERED. */
enum rc seal_check(struct span text, const char *seal, struct err *e);

#endif
