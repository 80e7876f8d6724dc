/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged records whose template is missing in their shard. In a single run
 * they would have used the definition of another chunk; with shards that chunk
 * may be in another shard, whose manifest lists the ids of its templates
 * (convert/template_list.h). Finds the sources for a second run: those of the
 * records, and for each template one source that has it.
 *
 * The lists are sorted in temporary files.
 */
#ifndef SHARDS_MISSING_TEMPLATES_H
#define SHARDS_MISSING_TEMPLATES_H

#include "stage/reader.h"
#include "util/scratch.h"

struct missing_templates;

struct missing_templates_result {
	uint64_t records;   /* damaged for that reason */
	uint64_t templates; /* that they lack */
	uint64_t elsewhere; /* of the records: another shard has the template */
};

enum rc missing_templates_create(
    struct missing_templates **mp, struct scratch *scratch, struct err *e);
void missing_templates_destroy(struct missing_templates *m); /* takes NULL */

/* Add the damage and the templates of a shard. */
enum rc missing_templates_add(struct missing_templates *m, uint32_t shard,
    const struct reader *r, struct err *e);

/* Count, and append a line with each source of the second run to `list`, sorted
 * and each once; a member of an archive as its archive. */
enum rc missing_templates_finish(struct missing_templates *m,
    struct missing_templates_result *result, struct buf *list, struct err *e);

#endif
