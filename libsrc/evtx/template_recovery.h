/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template for an instance whose own definition is gone, from the catalog of
 * the run. It is taken only if there is no doubt: its id is the instance's, it
 * has as many substitutions as there are values, each value is of the type that
 * the substitution expects, and no other template of that id fits as well.
 * Templates that were seen where checksums hold come before those that were
 * not.
 */
#ifndef EVTX_TEMPLATE_RECOVERY_H
#define EVTX_TEMPLATE_RECOVERY_H

#include "event/tree.h"
#include "evtx/template_catalog.h"

struct template_recovery {
	const struct template_catalog *from;
	struct arena *into; /* of the nodes */
	uint32_t id;
	const struct value *values;
	uint32_t n;
};

/* The nodes of the template in *content, and what it is in *item. RC_SKIP says
 * why there is none. */
enum rc template_recovery_find(const struct template_recovery *b,
    const struct template_entry **item, struct node **content, struct err *e);

#endif
