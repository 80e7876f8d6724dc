/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads XML texts: calls a handler with elements, attributes and text. Document
 * types and external entities are refused. The only file that includes expat's
 * header.
 */
#ifndef UTIL_XML_H
#define UTIL_XML_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* The calls of the reader. Strings are UTF-8 and belong to the reader; attrs is
 * name, value, name, value, NULL. An end is `empty` if the element was written
 * as <a/>. Returning false stops the reading. */
struct xml_handler {
	void *ctx;
	bool (*start)(void *ctx, const char *name, const char **attrs);
	bool (*end)(void *ctx, bool empty);
	bool (*text)(void *ctx, struct span text);
};

struct xml;

/* A reader, which can be used many times. Destroy takes NULL. */
enum rc xml_create(struct xml **xp, struct err *e);
void xml_destroy(struct xml *x);

/* Read one text. RC_SKIP with the place if it is not well-formed or the handler
 * stopped. */
enum rc xml_read(struct xml *x, struct span text,
    const struct xml_handler *handler, struct err *e);

#endif
