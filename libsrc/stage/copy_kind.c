/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "stage/copy_kind.h"

/* Minimum number of changes of the log from record to record in forwarded logs.
 * A computer may be renamed, but not that often. */
#define TURNS_MIN 3U

void
copy_kind_add(struct copy_kind *to, const struct copy_kind *from)
{
	to->records += from->records;
	to->ids_differ += from->ids_differ;
	to->pairs += from->pairs;
	to->times_shift += from->times_shift;
	to->turns += from->turns;
}

const char *
copy_kind_name(const struct copy_kind *c)
{
	if (c->records == 0)
		return NULL;
	if (c->times_shift * 2 > c->pairs)
		return "exported";
	if (c->ids_differ * 2 <= c->records)
		return "raw";
	return c->times_shift == 0 && c->turns >= TURNS_MIN
		   ? "exported or forwarded"
		   : "exported";
}
