/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes temporary copies of streams whose digest must be known before their
 * first line is written.
 */
#ifndef CONVERT_SOURCE_COPY_H
#define CONVERT_SOURCE_COPY_H

#include "convert/options.h"
#include "input/stream.h"
#include "util/digest_thread.h"

struct source_copy {
	const struct convert_options *o;
	struct digest_thread *digest;
	int dirfd; /* descriptor of the state folder; -1: there is none */
};

/* Copy a stream into a temporary file, which the caller closes, and make its
 * digest. RC_SKIP: the stream cannot be read to its end; the file has the bytes
 * before the error. */
enum rc source_copy_make(const struct source_copy *s, struct stream from,
    int *fd, char sha256[DIGEST_HEX], struct err *e);

#endif
