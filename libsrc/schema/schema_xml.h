/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole event as XML, {"xml":"<Event ..."}, for comparisons with another
 * decoder. It is not for stagings: schema_find() does not find it.
 */
#ifndef SCHEMA_SCHEMA_XML_H
#define SCHEMA_SCHEMA_XML_H

#include "schema/schema.h"

extern const struct schema schema_xml;

#endif
