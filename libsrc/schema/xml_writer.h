/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a part of a tree as XML text inside a JSON string, for the places
 * where a schema holds XML.
 */
#ifndef SCHEMA_XML_WRITER_H
#define SCHEMA_XML_WRITER_H

#include "event/tree.h"
#include "schema/plan.h"

/* Append the operations that write the elements and the text of `kids`,
 * without blanks in between. */
void xml_writer_content(
    struct plan *p, const struct node *kids, const struct tree *t);

/* Append the operations that write EventData or UserData as the connector
 * shows it: a namespace, a line for each element, two blanks a level, GUIDs in
 * braces as Windows has them. */
void xml_writer_event_data(
    struct plan *p, const struct node *data, const struct tree *t);

/* The same in one line, as the Event table has it inside of a DataItem; a
 * character that XML does not have is U+FFFD. */
void xml_writer_data_item(
    struct plan *p, const struct node *data, const struct tree *t);

/* Append the values of the elements in an EventData or its like, each inside of
 * <Param>, as Windows shows them: one for each item of an array, none for the
 * Binary of an EventData. Characters are as for xml_writer_data_item(). */
void xml_writer_parameters(
    struct plan *p, const struct node *data, const struct tree *t);

/* Append a value as XML text, JSON-escaped. */
void xml_writer_value(struct buf *out, const struct value *v);

/* Append a leaf, or a value, as the text that Windows shows, JSON-escaped, not
 * for XML: a GUID is in braces. */
void xml_writer_windows(
    struct plan *p, const struct node *leaf, const struct tree *t);
void xml_writer_windows_value(struct buf *out, const struct value *v);

#endif
