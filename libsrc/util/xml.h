/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading XML texts: elements, attributes and text are handed to a handler.
 * No document types, no external anything. The only place that knows expat.
 */
#ifndef UTIL_XML_H
#define UTIL_XML_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* What the reader calls. Strings are UTF-8 and belong to the reader; attrs is
 * name, value, name, value, NULL. An end is `empty` when the element was
 * written as <a/>. Returning false stops the reading. */
struct xml_handler {
	void *ctx;
	bool (*start)(void *ctx, const char *name, const char **attrs);
	bool (*end)(void *ctx, bool empty);
	bool (*text)(void *ctx, struct span text);
};

struct xml;

/* A reader to be used many times. Destroy takes NULL. */
enum rc xml_create(struct xml **xp, struct err *e);
void xml_destroy(struct xml *x);

/* Read one whole text. RC_SKIP with the place when it is not well-formed or
 * when the handler stopped it. */
enum rc xml_read(struct xml *x, struct span text,
    const struct xml_handler *handler, struct err *e);

#endif
