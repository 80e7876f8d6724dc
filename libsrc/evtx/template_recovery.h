/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a template in the catalog of the run for an instance whose chunk lacks
 * the definition. A template is used only if it is certain: it has the id of
 * the instance, as many substitutions as there are values, each value has the
 * type that the substitution expects, and no other template of that id fits as
 * well. Templates from chunks whose checksums hold are preferred to others.
 */
#ifndef EVTX_TEMPLATE_RECOVERY_H
#define EVTX_TEMPLATE_RECOVERY_H

#include "event/tree.h"
#include "evtx/template_catalog.h"

struct template_recovery {
	const struct template_catalog *from;
	struct arena *into; /* arena for the nodes */
	uint32_t id;
	const struct value *values;
	uint32_t n;
};

/* True if the reason for a damaged record, as template_recovery_find() words
 * it, is that its template is missing; *id is that of the template. */
bool template_recovery_is_missing(const char *reason, uint32_t *id);

/* Read an id of 8 hex digits. */
bool template_recovery_read_id(const char *text, uint32_t *id);

/* Find the template: *content becomes its nodes, *entry its catalog entry.
 * RC_SKIP with the reason if there is none. */
enum rc template_recovery_find(const struct template_recovery *b,
    const struct template_entry **entry, struct node **content, struct err *e);

#endif
