/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/sink.h"

static const struct sink *const sinks[] = { &sink_sqlite, &sink_sentinel };

const struct sink *
sink_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(*sinks); i++)
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	return NULL;
}
