/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of the column Activity, which the connector looks up by the event
 * id alone: sample rows of Azure-Sentinel have texts of Security-Auditing for
 * ids of other providers.
 */
#ifndef SCHEMA_ACTIVITY_H
#define SCHEMA_ACTIVITY_H

#include <stdint.h>

/* Returns the text without the id; NULL if it is not known: the column then has
 * only the id. */
const char *activity_text(uint64_t id);

#endif
