/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/schema.h"

static const struct schema *const schemas[] = {
	&schema_securityevent,
	&schema_raw,
};

const struct schema *
schema_find(const char *name)
{
	for (size_t i = 0; i < sizeof(schemas) / sizeof(*schemas); i++) {
		if (strcmp(schemas[i]->name, name) == 0)
			return schemas[i];
	}
	return NULL;
}
