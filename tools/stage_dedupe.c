/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/stage_dedupe.h"

#define MEMORY ((uint64_t)128 << 20)
#define MEMORY_MIN ((uint64_t)KEYSET_MEMORY_MIN)
#define MEMORY_MAX ((uint64_t)1 << 40)

static const char *const names[] = { "none", "file", "run" };

const char *
stage_dedupe_name(enum dedupe how)
{
	return names[how];
}

/* Nothing is staged twice unless that is wanted. A stream is for filters, which
 * expect what they asked for. */
static enum rc
read_how(struct stage_options *o, struct err *e)
{
	const bool staging = o->output != NULL && strcmp(o->output, "-") != 0;

	o->dedupe = staging ? DEDUPE_RUN : DEDUPE_NONE;
	if (o->dedupe_text == NULL)
		return RC_OK;
	for (int i = (int)DEDUPE_NONE; i <= (int)DEDUPE_RUN; i++) {
		if (strcmp(o->dedupe_text, names[i]) != 0)
			continue;
		o->dedupe = (enum dedupe)i;
		return RC_OK;
	}
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--dedupe is one of none, file, run, not %s (evtxstage --help)",
	    o->dedupe_text);
}

static enum rc
read_memory(struct stage_options *o, struct err *e)
{
	uint64_t n = MEMORY;

	if (o->dedupe_memory_text != NULL &&
	    !stage_inputs_size(o->dedupe_memory_text, &n))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--dedupe-memory is a size, as 64M or 2G, not %s "
		    "(evtxstage --help)",
		    o->dedupe_memory_text);
	if (n < MEMORY_MIN || n > MEMORY_MAX)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--dedupe-memory is too %s: %s; it is at least 1M and at "
		    "most 1T (evtxstage --help)",
		    n < MEMORY_MIN ? "small" : "large", o->dedupe_memory_text);
	o->dedupe_memory = (size_t)n;
	return RC_OK;
}

bool
stage_dedupe_forgets(const struct stage_options *o)
{
	const struct schema_options line = schema_options(o->schema, &o->line);

	return o->append && o->dedupe == DEDUPE_RUN &&
	       line.provenance == SCHEMA_PROVENANCE_NONE;
}

/* Who asks for it must get it; the default does what it can. */
static enum rc
check_append(const struct stage_options *o, struct err *e)
{
	if (o->dedupe_text != NULL && stage_dedupe_forgets(o))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--append with --dedupe run needs lines with a RecordKey: "
		    "stage with --provenance key (evtxstage --help)");
	return RC_OK;
}

enum rc
stage_dedupe_read(struct stage_options *o, struct err *e)
{
	enum rc rc = read_how(o, e);

	if (rc == RC_OK)
		rc = read_memory(o, e);
	return rc == RC_OK ? check_append(o, e) : rc;
}
