/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an event as a JSON object of texts, for columns of the type
 * dynamic and for documents.
 *
 * Every field is there, in order, with the text that Windows shows for its
 * value. What has a name several times is a list at the place of the first,
 * and so are the Data without a name. An element with elements inside is an
 * object; attributes but the name and the namespace are members "@name", and
 * the text beside them is "#text".
 */
#ifndef SCHEMA_DYNAMIC_H
#define SCHEMA_DYNAMIC_H

#include "event/tree.h"
#include "schema/plan.h"

/* Append the object that the elements of a list make. Data without a name are
 * the member "Data", or, with `places`, param1, param2 by their place among the
 * elements, unless a field has such a name. */
void dynamic_fields(
    struct plan *p, const struct node *kids, const struct tree *t, bool places);

#endif
