/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoder turns the bytes of one chunk into records, in file order.
 *
 * Every decoder is a const struct of functions in a const table; the caller
 * makes one instance per worker. A decoder knows no schema and no file: it is
 * given 64 KiB and lends trees that are valid until the next call.
 */
#ifndef EVTX_DECODER_H
#define EVTX_DECODER_H

#include "event/tree.h"
#include "evtx/chunk.h"
#include "evtx/name_check.h"
#include "evtx/template_catalog.h"
#include "util/err.h"

/* What a second opinion says beside a record that was read. */
struct record_note {
	bool disagreement; /* both have read it, and not the same; else only
			    * one of them has it */
	char reason[ERR_TEXT_MAX];
	struct span path; /* with a disagreement: where, and both readings */
	struct span native;
	struct span foreign;
};

/* A place for what the caller makes of a tree, and keeps. */
struct record_slot {
	void *kept;   /* NULL until the caller fills it */
	size_t bytes; /* as many as that takes */
};

struct record {
	struct chunk_record header; /* as far as it is known */
	struct tree tree;           /* only with RC_OK */

	/* Where the caller may keep what it made of this tree, for all records
	 * of the same shape: the same tree with values of the same types. NULL
	 * when there is no telling whether the shape comes again. */
	struct record_slot *slot;

	/* With RC_SKIP: there is no record header here, only damaged bytes
	 * (header.offset, header.size). */
	bool region;

	/* With RC_SKIP: a template is missing from its chunk, the rest may
	 * well be there: see late(). */
	bool template_missing;

	/* With RC_OK: only what its outer template says has been read, with
	 * all of its System. whole() reads the rest. */
	bool system_only;

	/* With RC_OK: NULL when there is nothing to say. */
	const struct record_note *note;

	/* With RC_OK: NULL, or what was repaired to read it, as Repaired_CF has
	 * it: several repairs are joined by commas. */
	const char *repaired;

	/* Places in the chunk of names that do not fit their hash, which were
	 * read for the first time; the checksums hold, so they are believed.
	 * Those of whole() are added to those of next(). */
	const uint32_t *name_mismatches;
	size_t n_name_mismatches;

	/* With RC_OK: the record is not one of those that follow each other in
	 * the used area: see decoder_deferred. */
	bool recovered;

	/* With RC_OK: where its Binary XML ends in the chunk, 0 if that is not
	 * known. */
	uint32_t content_end;

	/* With RC_OK: bytes of its tree in memory, which depend on the record
	 * and its templates alone; 0 if nobody counts. */
	size_t nodes;

	/* With RC_OK: templates that its chunk has lost and others have. */
	const struct template_entry *const *recovered_templates;
	size_t n_recovered_templates;
};

/* A record to read apart from its neighbours. */
struct decoder_deferred {
	uint32_t offset; /* of its header in the chunk */
	bool carved;     /* in free space, see chunk_find_carved() */
	bool embedded;   /* old, but of the age of its chunk, which lies inside
			  * another   one: all of its names and templates are its
			  * own */
	bool hidden;     /* by another record, see hidden.h */
	const struct template_catalog
	    *catalog; /* where missing templates are borrowed */
};

struct decoder_options {
	/* Called with what is in a slot when the shape is forgotten. */
	void (*drop)(void *kept);
	/* Told of each template; borrowed, may be NULL. */
	struct template_catalog *catalog;
	/* The caller can do with outlines of records. */
	bool system_only;
};

struct decoder; /* an instance; its shape is the decoder's own */

struct decoder_kind {
	const char *name;

	/* It does not say when there are bytes in the used area of a chunk
	 * that are no record. */
	bool silent_gaps;

	enum rc (*create)(struct decoder **dp, const struct decoder_options *o,
	    struct err *e);
	void (*destroy)(struct decoder *d); /* takes NULL */

	/* Start on a chunk; its bytes must stay until the next start. RC_SKIP:
	 * the decoder refuses the chunk as a whole. */
	enum rc (*start)(
	    struct decoder *d, const struct chunk *c, struct err *e);

	/* The next record. RC_SKIP: there is one, but it cannot be read;
	 * header is filled and e says why. RC_END: no more in this chunk. */
	enum rc (*next)(struct decoder *d, struct record *r, struct err *e);

	/* The whole of the record that next() gave as an outline; as next().
	 * NULL: there are no outlines. */
	enum rc (*complete)(struct decoder *d, struct record *r, struct err *e);

	/* Tell the catalog what is left of templates between two offsets of
	 * the chunk, in its free space; to be called when its records are
	 * read. NULL: it recovers nothing from free space. */
	void (*scan_templates)(struct decoder *d, uint32_t from, uint32_t end);

	/* One record of the chunk that was started, instead of the next
	 * ones. */
	enum rc (*read_deferred)(struct decoder *d,
	    const struct decoder_deferred *l, struct record *r, struct err *e);
};

extern const struct decoder_kind decoder_native;
extern const struct decoder_kind decoder_libevtx;
extern const struct decoder_kind decoder_compare;

/* The decoder of that name, or NULL. */
const struct decoder_kind *decoder_find(const char *name);

/* Of an instance of decoder_native: what it found out about the names of its
 * chunk; `used` and `refused` are of the record that next() or late() gave
 * last. */
const struct name_check *decoder_native_names(const struct decoder *d);

/* Of an instance of decoder_native: whether the trees of its chunk have taken
 * all the memory that they may take together. */
bool decoder_native_over_limit(const struct decoder *d);

/* Of an instance of decoder_libevtx: the XML of the record that next() gave
 * last, valid until the next call. */
struct span decoder_libevtx_xml(const struct decoder *d);

/* "name and version" of the library behind libevtx, for --version. */
const char *decoder_libevtx_version(void);

#endif
