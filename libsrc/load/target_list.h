/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load/targets.ndjson in a staging directory: the targets that it was loaded
 * into. Nothing else in the staging refers to a checkpoint outside of it, such
 * as one in a database.
 *
 *   {"target":"sqlite","checkpoint":"/cases/42.db"}
 *
 * The file holds no secrets. The path of a checkpoint in the staging's own
 * folder load/ is relative to the staging, so that it stays valid when the
 * staging moves.
 */
#ifndef LOAD_TARGET_LIST_H
#define LOAD_TARGET_LIST_H

#include "load/load.h"

/* Add the run's target to the list of each of its stagings, once. A list that
 * cannot be written, as on read-only media, is left as it is. */
void target_list_add(const struct load_run *run);

#endif
