/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema_xml.h"
#include "schema/xml_writer.h"

static void
compile(struct plan *p, const struct schema_event *ev)
{
	plan_lit(p, "{\"xml\":\"");
	xml_writer_content(p, ev->tree->root, ev->tree);
	plan_lit(p, "\"}");
	plan_end(p);
}

const struct schema schema_xml = {
	.name = "xml",
	.usual = SCHEMA_PROVENANCE_NONE,
	.whole = true,
	.compile = compile,
};
