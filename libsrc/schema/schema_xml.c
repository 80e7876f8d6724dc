/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/schema_xml.h"
#include "schema/xml_writer.h"

static void
compile_xml(struct plan *p, const struct schema_event *ev)
{
	plan_literal(p, "{\"xml\":\"");
	xml_writer_content(p, ev->tree->root, ev->tree);
	plan_literal(p, "\"}");
	plan_finish(p);
}

const struct schema schema_xml = {
	.name = "xml",
	.default_provenance = SCHEMA_PROVENANCE_NONE,
	.keeps_long_values = true,
	.compile = compile_xml,
};
