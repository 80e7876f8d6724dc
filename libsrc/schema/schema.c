/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/schema.h"

static const struct schema *const schemas[] = {
	&schema_securityevent,
	&schema_windowsevent,
	&schema_event_table,
	&schema_raw,
	&schema_ecs,
};

struct schema_options
schema_resolve_options(
    const struct schema *schema, const struct schema_options *o)
{
	struct schema_options all = *o;

	if (all.provenance == SCHEMA_PROVENANCE_DEFAULT)
		all.provenance = schema->default_provenance;
	return all;
}

const struct schema *
schema_find(const char *name)
{
	for (size_t i = 0; i < sizeof(schemas) / sizeof(*schemas); i++) {
		if (strcmp(schemas[i]->name, name) == 0)
			return schemas[i];
	}
	return NULL;
}
