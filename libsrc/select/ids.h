/* SPDX-License-Identifier: Apache-2.0 */
/* A set of event ids, 0 to 65535, as a bit map. */
#ifndef SELECT_IDS_H
#define SELECT_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/span.h"

#define IDS_MAX 65535U

struct ids {
	uint64_t bits[(IDS_MAX + 1) / 64];
};

static inline bool
ids_has(const struct ids *ids, uint64_t id)
{
	return id <= IDS_MAX && (ids->bits[id / 64] >> id % 64 & 1) != 0;
}

/* Add first to last, both included; first <= last <= IDS_MAX. */
void ids_add(struct ids *ids, uint64_t first, uint64_t last);

/* Add a list such as 4624,4700-4799. RC_FATAL with WHY_USAGE names the item
 * that is not an id or a range. */
enum rc ids_parse(struct ids *ids, struct span list, struct err *e);

#endif
