/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source that has the same bytes as an earlier source is only listed.
 */
#ifndef CONVERT_SOURCE_DUPLICATE_H
#define CONVERT_SOURCE_DUPLICATE_H

#include "convert/duplicate_sources.h"
#include "convert/pending_sources.h"

/* If a source in `known` has this digest, set line.duplicate_of of s, and what
 * else its line needs, and end it. */
enum rc source_duplicate_find(struct duplicate_sources *known,
    struct pending_source *s, const char sha256[DIGEST_HEX], struct err *e);

#endif
