/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive as a piece of evidence: each source out of it carries the digest
 * of the archive's own bytes, also of those that are not in a member.
 */
#ifndef CONVERT_ARCHIVE_H
#define CONVERT_ARCHIVE_H

#include "convert/members.h"

/* Read an input that is an archive: its digest, and the logs in it. */
enum rc archive_read(
    struct intake *in, const struct unpack_from *from, struct err *e);

#endif
