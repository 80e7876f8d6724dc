/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads XML texts and calls a handler with their elements, attributes and text.
 * Document types and external entities are refused. Only xml.c includes expat's
 * header.
 */
#ifndef UTIL_XML_H
#define UTIL_XML_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* Functions that the reader calls. Strings are UTF-8 and are valid during the
 * call. attrs is name, value, name, value, ..., NULL. `empty` is set if the
 * element was written as <a/>. If a function returns false, reading stops. */
struct xml_handler {
	void *ctx;
	bool (*start)(void *ctx, const char *name, const char **attrs);
	bool (*end)(void *ctx, bool empty);
	bool (*text)(void *ctx, struct span text);
};

struct xml;

/* Create a reader, which can be used many times. xml_destroy() takes NULL. */
enum rc xml_create(struct xml **xp, struct err *e);
void xml_destroy(struct xml *x);

/* Read one text. RC_SKIP: the text is not well-formed or a function of the
 * handler returned false; the message contains the line and column. */
enum rc xml_read(struct xml *x, struct span text,
    const struct xml_handler *handler, struct err *e);

#endif
