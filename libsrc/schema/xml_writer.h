/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles parts of a tree to XML text inside a JSON string, for the columns
 * that hold XML.
 */
#ifndef SCHEMA_XML_WRITER_H
#define SCHEMA_XML_WRITER_H

#include "event/tree.h"
#include "schema/plan.h"

/* Append the operations that write a list of nodes without white space between
 * them. For EventData and UserData of SecurityEvent and Event there are the
 * functions below. */
void xml_writer_content(
    struct plan *p, const struct node *kids, const struct tree *t);

/* Append the operations that write EventData or UserData as the connector does
 * in SecurityEvent: with its namespace, a line for each element, two spaces per
 * level, and GUIDs in braces as Windows renders them. */
void xml_writer_event_data(
    struct plan *p, const struct node *data, const struct tree *t);

/* Append the operations that write EventData or UserData on one line, as in a
 * DataItem of the Event table. Characters that XML does not allow become
 * U+FFFD. */
void xml_writer_data_item(
    struct plan *p, const struct node *data, const struct tree *t);

/* Append <Param>value</Param> for every element of an EventData or of the body
 * of a UserData, as in the Event table: one for each item of an array, none for
 * the Binary of an EventData. Characters that XML does not allow become U+FFFD.
 */
void xml_writer_parameters(
    struct plan *p, const struct node *data, const struct tree *t);

/* Append a value as XML text, escaped for JSON. */
void xml_writer_value(struct buf *out, const struct value *v);

/* Append a leaf, or a value, as Windows renders it, escaped for JSON but not
 * for XML: GUIDs are in braces. */
void xml_writer_windows(
    struct plan *p, const struct node *leaf, const struct tree *t);
void xml_writer_windows_value(struct buf *out, const struct value *v);

#endif
