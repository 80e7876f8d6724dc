/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters that XML 1.0 does not allow: most of those below U+0020, U+FFFE
 * and U+FFFF. One of them in a value makes the whole text invalid for every XML
 * parser, and so hides the event from queries that use parse_xml().
 */
#ifndef SCHEMA_XML_CHARS_H
#define SCHEMA_XML_CHARS_H

#include <stdbool.h>

#include "util/buf.h"

/* True if a JSON string, given without quotes, contains no such character. */
bool xml_chars_are_valid(struct span json);

/* Replace each such character by U+FFFD, in the JSON from `start` to the end of
 * the buffer. */
void xml_chars_mend(struct buf *out, size_t start);

#endif
