/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the bytes of a source by its name in a manifest: a file, or a member of
 * an archive, also inside other archives, such as
 * outer.zip!/inner.tar.gz!/x.evtx.
 *
 * The name does not say where the path of the file ends, since "!/" may be part
 * of names of folders and members. So the file is the shortest path that
 * exists, and members are compared by the names that they would have in a
 * manifest.
 */
#ifndef INPUT_SOURCE_LOOKUP_H
#define INPUT_SOURCE_LOOKUP_H

#include "input/source_name.h"
#include "input/spool.h"
#include "input/unpack.h"
#include "util/digest.h"

struct source_lookup_options {
	struct unpack_options unpack;
	struct spool *spool;
};

/* Names of sources in the same file, sorted with strcmp(); the file's path is
 * their first `file` bytes. */
struct source_lookup_names {
	const char *const *names;
	size_t n;
	size_t file;
};

/* Called for each source with one of the names; i is the index of the name, or
 * of the first of equal names. An archive may have several members with the
 * same name. The bytes need not be read. Any result but RC_OK ends the reading
 * and is returned. */
struct source_lookup_visit {
	enum rc (*take)(
	    void *arg, size_t i, struct stream bytes, struct err *e);
	void *arg;
};

/* Visit all sources with these names. An archive is read once, from its
 * beginning to its end. RC_SKIP if a part of it could not be read; e describes
 * the first failure. */
enum rc source_lookup_read(const struct source_lookup_options *o,
    const struct source_lookup_names *names,
    const struct source_lookup_visit *visit, struct err *e);

/* Open one source as a file, which the caller closes: the file itself, or a
 * temporary copy of a member. If several members have the name, the one with
 * the digest `sha256` is opened. RC_SKIP if there is none, or if it cannot be
 * read. */
enum rc source_lookup_open(const struct source_lookup_options *o,
    const char *name, const char *sha256, int *fd, struct err *e);

#endif
