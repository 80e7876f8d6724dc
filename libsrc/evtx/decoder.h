/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoders turn the bytes of a chunk into records, in file order.
 *
 * A decoder is a const struct of functions; the caller makes one instance for
 * each worker. It knows no schema and no file: it is given a chunk of 64 KiB
 * and lends trees that are valid until the next call.
 */
#ifndef EVTX_DECODER_H
#define EVTX_DECODER_H

#include "event/tree.h"
#include "evtx/chunk.h"
#include "evtx/template_catalog.h"
#include "util/err.h"

/* How two decoders differ in a record that was read. */
struct record_note {
	bool disagreement; /* both have read it, differently; else only one has
			    * read it */
	char reason[ERR_TEXT_MAX];
	/* With a disagreement: the path of the node, and both readings. */
	struct span path;
	struct span native;
	struct span foreign; /* of libevtx */
};

/* Where the caller keeps what it has made for a tree. */
struct record_slot {
	void *kept;   /* NULL until the caller sets it */
	size_t bytes; /* its size in memory */
};

struct record {
	/* As much of the header as is known. */
	struct chunk_record header;

	/* With RC_SKIP: */
	bool region; /* there is no record, only damaged bytes: header.offset
		      * and header.size */
	bool template_missing; /* the definition of a template is missing from
				* the chunk: read_deferred() may help */

	/* With RC_OK: */
	struct tree tree;

	/* Where the caller may keep what it makes for this tree; shared by all
	 * records with the same tree and values of the same kinds. NULL if the
	 * tree is not kept. */
	struct record_slot *slot;

	/* Only the outer template instance is expanded, with all of System;
	 * complete() expands the others. */
	bool system_only;

	const struct record_note *note; /* or NULL */

	/* What was repaired to read the record, for Repaired_CF: several
	 * repairs are joined by commas. NULL if nothing was. */
	const char *repaired;

	bool recovered; /* carved or hidden, see struct decoder_deferred */

	/* The end of its Binary XML in the chunk; 0 if not known. */
	uint32_t content_end;

	/* The bytes of its tree in memory, which depend on the record and its
	 * templates alone; 0 if the decoder does not count. */
	size_t nodes;

	/* Templates that its chunk has lost and other chunks have. */
	const struct template_entry *const *recovered_templates;
	size_t n_recovered_templates;

	/* With any result: offsets in the chunk of names that do not match
	 * their hashes and were read for the first time. The checksums hold, so
	 * they are accepted. complete() adds to those of next(). */
	const uint32_t *name_mismatches;
	size_t n_name_mismatches;
};

/* A record that is read after the others of its chunk, and not with them. */
struct decoder_deferred {
	uint32_t offset; /* of its header in the chunk */
	bool carved;     /* in free space, see chunk_find_carved() */
	bool embedded;   /* carved, from a whole chunk inside the free space of
			  * another: its names and templates are not older */
	bool hidden;     /* by another record, see hidden_record.h */
	const struct template_catalog *catalog; /* for missing templates */
};

struct decoder_options {
	/* Called with what is in a slot when its tree is freed. */
	void (*drop)(void *kept);
	/* Told of each template; borrowed, may be NULL. */
	struct template_catalog *catalog;
	/* Return records with system_only set, if possible. */
	bool system_only;
};

struct decoder; /* an instance, defined by each decoder */

struct decoder_kind {
	const char *name;

	/* True if next() does not report bytes of the used area that are not in
	 * a record. */
	bool silent_gaps;

	enum rc (*create)(struct decoder **dp, const struct decoder_options *o,
	    struct err *e);
	void (*destroy)(struct decoder *d); /* takes NULL */

	/* Start a chunk; its bytes must stay until the next start. RC_SKIP: the
	 * decoder rejects the whole chunk. */
	enum rc (*start)(
	    struct decoder *d, const struct chunk *c, struct err *e);

	/* Read the next record. RC_SKIP: there is one that cannot be read; the
	 * header is set and e has the reason. RC_END: no more in the chunk. */
	enum rc (*next)(struct decoder *d, struct record *r, struct err *e);

	/* Read the rest of the system-only record that next() returned; results
	 * as next(). NULL: the decoder never sets system_only. */
	enum rc (*complete)(struct decoder *d, struct record *r, struct err *e);

	/* Add the template definitions between two offsets of the chunk, in its
	 * free space, to the catalog; to be called after the records are read.
	 * NULL: the decoder recovers nothing from free space. */
	void (*scan_templates)(struct decoder *d, uint32_t from, uint32_t end);

	/* Read one record of the started chunk, apart from next(). */
	enum rc (*read_deferred)(struct decoder *d,
	    const struct decoder_deferred *l, struct record *r, struct err *e);
};

/* The decoder of that name (native, libevtx, both), or NULL. */
const struct decoder_kind *decoder_find(const char *name);

#endif
