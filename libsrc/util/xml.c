/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>

#include <expat.h>

#include "util/xml.h"

struct xml {
	XML_Parser parser;
	const struct xml_handler *handler;
	bool stopped;
};

enum rc
xml_create(struct xml **xp, struct err *e)
{
	struct xml *const x = calloc(1, sizeof(*x));

	*xp = NULL;
	if (x == NULL)
		return err_nomem(e);
	x->parser = XML_ParserCreate("UTF-8");
	if (x->parser == NULL) {
		xml_destroy(x);
		return err_nomem(e);
	}
	*xp = x;
	return RC_OK;
}

void
xml_destroy(struct xml *x)
{
	if (x == NULL)
		return;
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	free(x);
}

static void
stop_unless(struct xml *x, bool accepted)
{
	if (accepted)
		return;
	x->stopped = true;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

static void XMLCALL
on_start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
	struct xml *const x = ctx;

	stop_unless(x, x->handler->start(x->handler->ctx, name, attrs));
}

static void XMLCALL
on_end(void *ctx, const XML_Char *name)
{
	struct xml *const x = ctx;

	(void)name;
	/* For <a/> expat reports an end tag of 0 bytes. */
	stop_unless(x, x->handler->end(x->handler->ctx,
			   XML_GetCurrentByteCount(x->parser) == 0));
}

static void XMLCALL
on_text(void *ctx, const XML_Char *s, int n)
{
	struct xml *const x = ctx;

	stop_unless(
	    x, x->handler->text(x->handler->ctx, span_of(s, (size_t)n)));
}

/* Refuse document types, and with them entity declarations. */
static void XMLCALL
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	stop_unless(ctx, false);
}

enum rc
xml_read(struct xml *x, struct span text, const struct xml_handler *handler,
    struct err *e)
{
	if (XML_ParserReset(x->parser, "UTF-8") == XML_FALSE)
		return err_nomem(e);
	if (text.n > INT_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "XML of %zu bytes is too large", text.n);
	x->handler = handler;
	x->stopped = false;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	if (XML_Parse(x->parser, (const char *)text.p, (int)text.n, 1) ==
	    XML_STATUS_OK)
		return RC_OK;
	if (XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY)
		return err_nomem(e);
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "XML %s at line %lu, column %lu",
	    x->stopped ? "has a structure that is not accepted"
		       : "is not well-formed",
	    (unsigned long)XML_GetCurrentLineNumber(x->parser),
	    (unsigned long)XML_GetCurrentColumnNumber(x->parser));
}
