/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/cli.h"
#include "tools/stage_messages.h"

#define PROGRAM "evtxstage"

static bool
shows_all(const struct stage_options *o)
{
	return o->verbose || o->info || strcmp(o->output, "-") == 0;
}

void
stage_messages_say(const struct stage_options *o, uint64_t *told,
    const char *name, const char *text)
{
	if (++*told > STAGE_MESSAGES_MAX && !shows_all(o))
		return;
	/* --verbose also prints whole names. */
	cli_say_of(PROGRAM, name == NULL || o->verbose ? "" : name, text);
}

void
stage_messages_end(const struct stage_options *o, uint64_t told)
{
	if (told > STAGE_MESSAGES_MAX && !shows_all(o))
		cli_say(PROGRAM,
		    "%llu more messages are not shown: see sources.ndjson and "
		    "damage.ndjson in %s, or use --verbose",
		    (unsigned long long)(told - STAGE_MESSAGES_MAX), o->output);
}
