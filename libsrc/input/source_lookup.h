/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the name of a source, as a manifest has it, back to its bytes: a file,
 * or a member of an archive, also of one that is inside another, as
 * outer.zip!/inner.tar.gz!/x.evtx.
 *
 * The name does not say where the name of the file ends: "!/" may stand in the
 * names of folders and members, too. So the file is the first that is there,
 * and members are found by putting their names together as they were then.
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

/* Names of sources in the same file, in the order of strcmp(); `file` bytes of
 * each are its name. */
struct source_lookup_names {
	const char *const *names;
	size_t n;
	size_t file;
};

/* Called with each source that has the i-th name, the first of those that are
 * equal: an archive may have more members of a name than one. The bytes may be
 * left unread. Anything but RC_OK ends all and is its result. */
struct source_lookup_visit {
	enum rc (*take)(
	    void *arg, size_t i, struct stream bytes, struct err *e);
	void *arg;
};

/* Read all of them, an archive once from its beginning to its end. RC_SKIP:
 * something in it could not be read, e says what was the first. */
enum rc source_lookup_read(const struct source_lookup_options *o,
    const struct source_lookup_names *names,
    const struct source_lookup_visit *visit, struct err *e);

/* The bytes of one source as a file, to be closed by the caller: the file
 * itself, or a temporary copy. Of members with the same name it is the one with
 * this digest. RC_SKIP: there is none, or it cannot be read. */
enum rc source_lookup_open(const struct source_lookup_options *o,
    const char *name, const char *sha256, int *fd, struct err *e);

#endif
