/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/progress.h"

void
progress_report(const struct progress *p, uint64_t more)
{
	struct convert_progress now = p->now;

	now.bytes += more;
	if (p->watch->progress != NULL)
		p->watch->progress(p->watch->ctx, &now);
}
