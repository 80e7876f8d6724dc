/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole event as XML, {"xml":"<Event ..."}, to be laid beside that of
 * another decoder. Not for stagings: schema_find() does not know it.
 */
#ifndef SCHEMA_SCHEMA_XML_H
#define SCHEMA_SCHEMA_XML_H

#include "schema/schema.h"

extern const struct schema schema_xml;

#endif
