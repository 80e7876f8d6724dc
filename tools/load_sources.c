/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>

#include "schema/table.h"
#include "shards/collection.h"
#include "tools/cli.h"
#include "tools/load_sources.h"

#define PROGRAM "evtxload"

bool
load_sources_is_file(const char *operand)
{
	struct stat st;

	return stat(operand, &st) == 0 && S_ISREG(st.st_mode);
}

static enum rc
open_staging(struct load_staging *s, const char *dir, struct err *e)
{
	const enum rc rc = reader_open(dir, &s->reader, e);

	if (rc != RC_OK)
		return rc;
	s->table = schema_table(reader_schema(s->reader));
	return s->table != NULL ? RC_OK
				: err_set(e, RC_FATAL, WHY_USAGE,
				      "%s: unknown schema: %.60s", dir,
				      reader_schema(s->reader));
}

static enum rc
open_all(struct load_sources *s, const struct options *o, struct err *e)
{
	const struct collection *const c = s->collection;
	const size_t n = c == NULL ? o->n : collection_stagings(c);
	enum rc rc = RC_OK;

	s->stagings = calloc(n + 1, sizeof(*s->stagings));
	if (s->stagings == NULL)
		return err_nomem(e);
	for (; rc == RC_OK && s->n < n; s->n++) {
		struct load_staging *const one = &s->stagings[s->n];
		rc = open_staging(one,
		    c == NULL ? o->operands[s->n] : collection_staging(c, s->n),
		    e);
		if (rc == RC_OK && c != NULL)
			rc = collection_check(c, s->n, one->reader, e);
		if (rc == RC_OK && c != NULL)
			rc = collection_skip(c, s->n, one->reader, e);
	}
	return rc;
}

static void
leave_recovered(const struct load_sources *s, bool quiet)
{
	for (size_t i = 0; i < s->n; i++) {
		struct reader *const r = s->stagings[i].reader;
		const uint64_t n = reader_leave_recovered(r);
		if (n != 0 && !quiet)
			cli_say(PROGRAM,
			    "%s: %llu recovered records are omitted",
			    reader_dir(r), (unsigned long long)n);
	}
}

enum rc
load_sources_open(struct load_sources *s, const struct options *o,
    const struct load_target *target, struct err *e)
{
	const bool file = o->n == 1 && load_sources_is_file(o->operands[0]);
	enum rc rc = RC_OK;

	if (file)
		rc = collection_open(&s->collection, o->operands[0], e);
	if (rc == RC_OK)
		rc = open_all(s, o, e);
	if (rc != RC_OK)
		return rc;
	/* The counts of the load do not contain the omitted records. */
	if (o->value[OPT_WITHOUT_RECOVERED] != NULL)
		leave_recovered(s, o->value[OPT_QUIET] != NULL);
	for (size_t i = 0; target->loaders != 0 && i < s->n; i++)
		reader_keep_part(
		    s->stagings[i].reader, target->loader, target->loaders);
	return RC_OK;
}

void
load_sources_free(struct load_sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		reader_close(s->stagings[i].reader);
	free(s->stagings);
	collection_close(s->collection);
}

const char *
load_sources_collection(const struct load_sources *s)
{
	return s->collection == NULL ? NULL : collection_digest(s->collection);
}
