/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sink/sentinel.h"
#include "sink/sink_table.h"
#include "sink/sqlite.h"

static const struct sink *const sinks[] = { &sqlite_sink, &sentinel_sink };

const struct sink *
sink_table_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++)
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	return NULL;
}
