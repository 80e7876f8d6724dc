/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an event as a JSON object of texts, for columns of the type
 * dynamic and for documents.
 *
 * Every field is there, in order, with the text that Windows shows for its
 * value. What has a name several times is a list at the place of the first,
 * and so are the Data without a name. An element with elements inside is an
 * object; attributes but the name and the namespace are members "@name", and
 * the text beside them is "#text". A FILETIME of 0 is no time: no member, and
 * null in a list.
 *
 * Elasticsearch takes a dot in the name of a member for the border between two
 * objects and refuses names that start or end with one, that have two in a row,
 * and `a` beside `a.b`, be it in another document. So for it each dot is %2e
 * and each percent sign %25, and a name of blanks is percent-coded as a whole:
 * percent-decoding gives the name back, and no two names become one.
 */
#ifndef SCHEMA_FIELD_OBJECT_H
#define SCHEMA_FIELD_OBJECT_H

#include "event/tree.h"
#include "schema/plan.h"

struct field_object {
	/* Data without a name are param1, param2 by their place among the
	 * elements, unless a field has such a name, not the member "Data". */
	bool places;
	bool elastic; /* names are for Elasticsearch */

	/* The element that the fields are in, for a member xml_name; NULL: no
	 * such member. It gives way to a field of that name. */
	const struct node *element;
};

/* Append the object that the elements of a list make. */
void field_object_compile(struct plan *p, const struct node *kids,
    const struct tree *t, const struct field_object *how);

#endif
