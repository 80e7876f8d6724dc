/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the fields of an event to a JSON object of texts, for columns of
 * type dynamic and for documents.
 *
 * Every field is a member, in order, with the text that Windows shows for its
 * value. Fields of the same name, and the Data without a name, become one
 * member with a list, in the place of the first. An element with elements
 * inside is an object; its attributes except the name and the namespace are
 * members "@name", and its text is "#text". A FILETIME of 0 is not a time: the
 * member is left out; in a list the item is null.
 *
 * Elasticsearch treats a dot in a member's name as the border between two
 * objects and rejects names that start or end with a dot, that contain two in a
 * row, and `a` beside `a.b`, even in different documents. So for it each dot is
 * written as %2e and each percent sign as %25, and a name of white space is
 * percent-encoded as a whole. Percent-decoding restores every name; no two
 * names become the same.
 */
#ifndef SCHEMA_FIELD_OBJECT_H
#define SCHEMA_FIELD_OBJECT_H

#include "event/tree.h"
#include "schema/plan.h"

struct field_object {
	/* Data without a name become param1, param2 by their position among the
	 * elements instead of a list "Data", unless a field has such a name. */
	bool by_position;

	bool elasticsearch; /* encode names for Elasticsearch */

	/* The element around the fields, whose name becomes the member xml_name
	 * unless a field has that name; NULL: no such member. */
	const struct node *element;
};

/* Append the object for the elements of a list of nodes. */
void field_object_compile(struct plan *p, const struct node *kids,
    const struct tree *t, const struct field_object *how);

#endif
