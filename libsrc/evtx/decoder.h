/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoders turn the bytes of a chunk into records, in file order.
 *
 * A decoder is a const struct of functions; the caller makes one instance for
 * each worker. A decoder knows neither schemas nor files: it gets a chunk of 64
 * KiB and returns trees that it owns and that are valid until the next call.
 */
#ifndef EVTX_DECODER_H
#define EVTX_DECODER_H

#include "event/tree.h"
#include "evtx/chunk.h"
#include "evtx/template_catalog.h"
#include "util/err.h"

/* How two decoders differ in their results for the same record. */
struct record_note {
	/* true: both decoders read the record, with different results; false:
	 * only one of them could read it. */
	bool disagreement;
	char reason[ERR_TEXT_MAX];
	/* If `disagreement` is set: the path of the first node that differs,
	 * and its content as each decoder read it. */
	struct span path;
	struct span native;
	struct span foreign; /* content as libevtx read it */
};

/* Data that the caller computes once for each tree. It is kept with the tree.
 */
struct record_slot {
	void *kept;   /* the caller's data; NULL until the caller sets it */
	size_t bytes; /* memory that `kept` uses, in bytes */
};

struct record {
	/* The record header. Fields that are not known are 0. */
	struct chunk_record header;

	/* The next two members are set if the result is RC_SKIP. */
	/* There is no record, only damaged bytes, which header.offset and
	 * header.size delimit. */
	bool region;
	/* The chunk lacks the definition of a template of the record;
	 * read_deferred() may recover it from other chunks. */
	bool template_missing;

	/* The following members are set if the result is RC_OK. */
	struct tree tree;

	/* The caller's data for this tree. All records with the same tree, and
	 * so with values of the same kinds, share the slot. NULL if the tree is
	 * not cached. */
	struct record_slot *slot;

	/* True if only the outer template instance is expanded. The tree then
	 * has the whole System element; complete() expands the nested
	 * instances. */
	bool system_only;

	/* How two decoders differ in their results for the record; NULL: they
	 * do not. */
	const struct record_note *note;

	/* The repairs that were needed to read the record, separated by commas,
	 * for the column Repaired_CF; NULL if there were none. */
	const char *repaired;

	/* The record was carved or hidden; see struct decoder_deferred. */
	bool recovered;

	/* Offset in the chunk where the record's Binary XML ends; 0 if not
	 * known. */
	uint32_t content_end;

	/* Memory of the tree, in bytes. It depends only on the record and its
	 * templates. 0 if the decoder does not count it. */
	size_t nodes;

	/* Templates of the record that its chunk lacks and that were recovered
	 * from other chunks. */
	const struct template_entry *const *recovered_templates;
	size_t n_recovered_templates;

	/* Set with any result: offsets in the chunk of names that do not match
	 * their hashes, but are accepted because the checksums hold. Each call
	 * returns only names that no earlier call for this chunk returned;
	 * complete() replaces those of next(). */
	const uint32_t *name_mismatches;
	size_t n_name_mismatches;
};

/* A record that read_deferred() reads after next() has returned all others of
 * its chunk. */
struct decoder_deferred {
	uint32_t offset; /* offset of the record header in the chunk */
	bool carved; /* the record is in free space; see chunk_find_carved() */
	/* Carved, but from a whole chunk that lies in the free space of
	 * another: its names and templates are as new as the record. */
	bool embedded;
	bool hidden; /* another record covers this one; see hidden_record.h */
	/* Catalog in which templates that the chunk lacks are searched. */
	const struct template_catalog *catalog;
};

struct decoder_options {
	/* Called with record_slot.kept when the tree of the slot is freed. */
	void (*drop)(void *kept);
	/* Catalog to which each template that is read is added; borrowed, may
	 * be NULL. */
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

	/* Start a chunk; its bytes must stay valid until the next start.
	 * RC_SKIP: the decoder rejects the whole chunk. */
	enum rc (*start)(
	    struct decoder *d, const struct chunk *c, struct err *e);

	/* Read the next record. RC_SKIP: the record cannot be read; r->header
	 * is set and e has the reason. RC_END: the chunk has no more records.
	 */
	enum rc (*next)(struct decoder *d, struct record *r, struct err *e);

	/* Read the rest of the system-only record that next() returned; returns
	 * the same codes as next(). NULL: the decoder never sets system_only.
	 */
	enum rc (*complete)(struct decoder *d, struct record *r, struct err *e);

	/* Add the template definitions between two offsets of the chunk, in its
	 * free space, to the catalog; to be called after all records are read.
	 * NULL: the decoder recovers nothing from free space. */
	void (*scan_templates)(struct decoder *d, uint32_t from, uint32_t end);

	/* Read one deferred record of the started chunk, after next() has
	 * returned RC_END. */
	enum rc (*read_deferred)(struct decoder *d,
	    const struct decoder_deferred *l, struct record *r, struct err *e);
};

/* The decoder with this name (native, libevtx, both), or NULL. */
const struct decoder_kind *decoder_find(const char *name);

#endif
