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
#ifndef INPUT_EVIDENCE_H
#define INPUT_EVIDENCE_H

#include "input/nested.h"
#include "util/digest.h"

/* A name of more than MAXIMUM_NAME bytes is cut: its beginning, "...sha256:"
 * and the SHA-256 of the whole name. A shorter name that ends so is cut as
 * well. */

/* The name of a source: a path as UTF-8, or as close as its bytes come, behind
 * the name of the archive that it is in (NULL: none). To be freed; NULL without
 * memory. */
char *evidence_name(const char *archive, const char *path);

/* How many bytes of the name are that of a file which is there; all of them:
 * the source is no member. 0: there is none, e says why. */
size_t evidence_file(const char *name, struct err *e);

struct evidence_options {
	struct unpack_options unpack;
	struct nested_spool *spool;
};

/* Names of sources in the same file, in the order of strcmp(); `file` bytes of
 * each are its name. */
struct evidence_names {
	const char *const *names;
	size_t n;
	size_t file;
};

/* Called with each source that has the i-th name, the first of those that are
 * equal: an archive may have more members of a name than one. The bytes may be
 * left unread. Anything but RC_OK ends all and is its result. */
struct evidence_visit {
	enum rc (*take)(
	    void *arg, size_t i, struct stream bytes, struct err *e);
	void *arg;
};

/* Read all of them, an archive once from its beginning to its end. RC_SKIP:
 * something in it could not be read, e says what was the first. */
enum rc evidence_read(const struct evidence_options *o,
    const struct evidence_names *names, const struct evidence_visit *visit,
    struct err *e);

/* The bytes of one source as a file, to be closed by the caller: the file
 * itself, or a temporary copy. Of members with the same name it is the one with
 * this digest. RC_SKIP: there is none, or it cannot be read. */
enum rc evidence_open(const struct evidence_options *o, const char *name,
    const char *sha256, int *fd, struct err *e);

#endif
