/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One digest of the names, sizes and first bytes of all inputs, to find out
 * later if a command has the same inputs.
 *
 * It is made of two digests: of the logs of at most INPUTS_DIGEST_HEAD bytes,
 * and of all other inputs. The first bytes of the latter are read before the
 * conversion, so that the digest does not match an input that changes
 * afterwards. A small log need not be read for it: the digest of its bytes is
 * known when the log was converted.
 */
#ifndef CONVERT_INPUTS_DIGEST_H
#define CONVERT_INPUTS_DIGEST_H

#include <signal.h>

#include "convert/finished_sources.h"
#include "input/walk.h"

/* Number of the first bytes of an input that are digested: a file header and
 * the first chunk. */
#define INPUTS_DIGEST_HEAD ((size_t)68 << 10)

struct inputs_digest;

/* Start the digest and read the inputs that are not small logs. The walk is
 * borrowed. WHY_STOPPED if *stop is not 0, then and in later calls. */
enum rc inputs_digest_create(struct inputs_digest **dp, const struct walk *w,
    const volatile sig_atomic_t *stop, struct err *e);
void inputs_digest_destroy(struct inputs_digest *d); /* takes NULL */

/* Add a small log from the digest of its source. Sources of other inputs are
 * ignored. Numbers of inputs must not decrease from call to call. A source that
 * was not read completely is added as an input that cannot be read. */
enum rc inputs_digest_add_source(
    struct inputs_digest *d, const struct finished_source *s, struct err *e);

/* Read the small logs that were not added, and return the digest. */
enum rc inputs_digest_end(
    struct inputs_digest *d, char sha256[DIGEST_HEX], struct err *e);

#endif
