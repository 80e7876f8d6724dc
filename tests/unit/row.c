/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/row.h"

char *
row_of(const struct schema *schema, const struct schema_options *o,
    const char *inside, const struct value *values)
{
	static const struct schema_options usual;
	const struct schema_options all =
	    schema_resolve_options(schema, o == NULL ? &usual : o);
	struct plan_facts facts = { .has_time = true,
		.time = UINT64_C(133590312001234567),
		.key = KEY };
	struct plan plan;
	struct system_fields head;
	struct buf out;
	char text[8000];

	(void)snprintf(text, sizeof(text), "<Event>%s</Event>", inside);
	const struct tree t = sample_tree(text, values, 9);
	buf_init(&out, (size_t)1 << 20);
	plan_init(&plan);
	system_fields_find(&head, &t);
	const struct value *const id =
	    system_fields_value(&head, SYSTEM_EVENT_ID, values);
	struct schema_event ev = { &t, &head, &all, 0 };
	if (id != NULL)
		assert_true(value_u64(id, &ev.id));
	schema->compile(&plan, &ev);
	assert_false(plan.failed);
	plan_run(&plan, values, &facts, &out);
	plan_free(&plan);
	buf_byte(&out, '\0');
	assert_false(out.full);
	return (char *)out.p;
}

void
assert_row(const char *inside, const struct value *values, const char *part)
{
	char *const text = row_of(&schema_securityevent, NULL, inside, values);

	assert_has(text, part);
	free(text);
}

void
assert_lacks(const char *inside, const char *part)
{
	char *const text = row_of(&schema_securityevent, NULL, inside, NULL);

	assert_null(strstr(text, part));
	free(text);
}
