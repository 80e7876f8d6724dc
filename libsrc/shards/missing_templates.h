/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds damaged records whose template is missing in their shard. A single run
 * would have used the definition of the template in another chunk. With shards
 * that chunk may be in another shard; each manifest lists the identifiers of
 * its shard's templates (convert/template_list.h). The result is the list of
 * sources for a second run: the sources of the records, and for each template
 * one source that has it.
 *
 * The lists are sorted in temporary files.
 */
#ifndef SHARDS_MISSING_TEMPLATES_H
#define SHARDS_MISSING_TEMPLATES_H

#include "stage/reader.h"
#include "util/scratch.h"

struct missing_templates;

struct missing_templates_result {
	uint64_t records;   /* records damaged because a template is missing */
	uint64_t templates; /* number of missing templates */
	/* Number of records whose template is in another shard. */
	uint64_t elsewhere;
	/* Number of sources for the second run that a list cannot name. */
	uint64_t unlisted;
};

enum rc missing_templates_create(
    struct missing_templates **mp, struct scratch *scratch, struct err *e);
void missing_templates_destroy(struct missing_templates *m); /* m may be NULL */

/* Add the damage and the templates of a shard. */
enum rc missing_templates_add(struct missing_templates *m, uint32_t shard,
    const struct reader *r, struct err *e);

/* Fill in the result, and append the names of the sources for the second run to
 * `list`: sorted lines, each name once. A member of an archive is listed as its
 * archive. A name that a line cannot hold is in a comment. */
enum rc missing_templates_finish(struct missing_templates *m,
    struct missing_templates_result *result, struct buf *list, struct err *e);

#endif
