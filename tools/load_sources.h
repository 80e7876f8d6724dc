/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stagings that evtxload loads: its operands, or those of a collection
 * (shards/collection.h).
 */
#ifndef TOOLS_LOAD_SOURCES_H
#define TOOLS_LOAD_SOURCES_H

#include "load/load.h"
#include "tools/load_config.h"

struct collection;

struct load_sources {
	struct load_staging *stagings; /* array of the stagings; owned */
	size_t n;
	/* Collection that was given, owned; NULL: stagings were given. */
	struct collection *collection;
};

/* True if the operand is a file, which can only be a collection. */
bool load_sources_is_file(const char *operand);

/* Open all stagings. With a collection their manifests must be those that it
 * names (WHY_TAMPERED), and their readers pass over its skip lists. `part` and
 * `of` are those of --of; of 0: all segments. Free also after a failure. */
enum rc load_sources_open(struct load_sources *s, const struct options *o,
    const struct load_target *target, struct err *e);
void load_sources_free(struct load_sources *s);

/* The digest of the collection; NULL: stagings were given. */
const char *load_sources_collection(const struct load_sources *s);

#endif
