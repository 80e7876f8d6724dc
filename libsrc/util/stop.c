/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "util/clock.h"
#include "util/stop.h"

#define PATIENCE_MS 1000

bool
stop_overdue(struct stop *s)
{
	if (s->flag == NULL || *s->flag == 0)
		return false;
	const int64_t now = clock_ms();
	if (s->seen == 0)
		s->seen = now;
	return now - s->seen > PATIENCE_MS;
}
