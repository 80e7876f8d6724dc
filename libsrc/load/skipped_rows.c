/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/skipped_rows.h"

enum rc
skipped_rows_restore(const struct load_run *run, struct reader *r, size_t i,
    const struct scope_segment *known, struct err *e)
{
	if (known->skipped == 0) {
		reader_skip_none(r, i);
		return RC_OK;
	}
	if (run->collection != NULL &&
	    strcmp(run->collection, known->collection) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "%.200s/%s was loaded by the collection %.16s..., which skips %llu "
	    "of its rows: give this collection, or another --state",
	    reader_dir(r), reader_segment(r, i)->name, known->collection,
	    (unsigned long long)known->skipped);
}
