/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The templates of a log, known across chunks.
 *
 * A chunk refers to a template by the offset of its definition. The same
 * template stands in every chunk again, with other offsets of names inside it,
 * so definitions are compared by what they say: names and tokens. What was
 * learned of a template (its variants and shapes, see shape.h) is kept with it.
 *
 * The memory has a maximum. When it is reached everything is forgotten, which
 * happens only between two chunks. The catalog, which is the caller's, keeps
 * what each template says for the whole run.
 */
#ifndef EVTX_TEMPLATES_H
#define EVTX_TEMPLATES_H

#include "event/tree.h"
#include "evtx/binxml.h"
#include "evtx/chunk.h"
#include "evtx/template_catalog.h"

#define TEMPLATES_BYTES_MAX ((size_t)3 << 20)

struct value_layout;

struct template
{
	struct template *next; /* with the same hash */
	struct template *older;
	struct node *content; /* a list */
	struct span text;     /* what it says, for comparing */
	size_t work;          /* bytes that its nodes take when it is read */
	/* What the catalog was told last. */
	uint8_t guid[TEMPLATE_GUID_BYTES];
	bool told;
	bool sound;
	struct value_layout *variants;
	unsigned n_variants;
};

struct templates;

/* catalog, check: borrowed; catalog may be NULL: nobody asks. check: of the
 * names; the caller starts it on each chunk. */
enum rc templates_create(struct templates **tp,
    struct template_catalog *catalog, struct name_check *check, struct err *e);
void templates_destroy(struct templates *t);

/* Start on a chunk, which must stay until the next start: offsets mean
 * something else now. `old`: of its records in free space, which may refer to
 * what is overwritten; so definitions there must prove themselves. */
void templates_start_chunk(
    struct templates *t, const struct chunk *c, bool old);

/* Whether the maximum is reached; the owner of variants frees them first. */
bool templates_is_full(const struct templates *t);
void templates_clear(struct templates *t);

/* The template that an instance means. RC_SKIP if its definition is not where
 * the instance says, one of its names is damaged, or the definitions of the
 * chunk have cost more than their budget of work (WHY_LIMIT). What was repaired
 * of its names is added to `used` of the name check. */
enum rc templates_find(struct templates *t, const struct binxml_instance *i,
    struct template **out, struct err *e);

/* Tell the catalog of the definitions that stand with an instance between two
 * offsets, whatever is left around them. */
void templates_scan(struct templates *t, size_t from, size_t end);

/* All of them, one after the other: start with NULL. */
struct template *templates_next(
    const struct templates *t, const struct template *after);

#endif
