/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"

static void
nodes_are_appended_in_order(void **state)
{
	struct arena a;
	struct node *first = NULL;
	struct node **last = &first;

	(void)state;
	arena_init(&a, 4096);
	struct node *const x = tree_add(&a, &last, NODE_ELEMENT);
	struct node *const y = tree_add(&a, &last, NODE_TEXT);
	struct node *const z = tree_add(&a, &last, NODE_SUBSTITUTION);
	assert_ptr_equal(first, x);
	assert_ptr_equal(x->next, y);
	assert_ptr_equal(y->next, z);
	assert_null(z->next);
	assert_int_equal(y->kind, NODE_TEXT);
	assert_null(x->kids);
	arena_free(&a);
}

static void
a_full_arena_adds_nothing(void **state)
{
	struct arena a;
	struct node *first = NULL;
	struct node **last = &first;

	(void)state;
	arena_init(&a, 8);
	assert_null(tree_add(&a, &last, NODE_ELEMENT));
	assert_null(first);
	assert_ptr_equal(last, &first);
	arena_free(&a);
}

static void
children_are_found_by_name(void **state)
{
	const struct node *const e =
	    sample("<E A='1' B='2'>text<A/><B>b</B><B>c</B></E>");

	(void)state;
	assert_span(tree_child(e, SPAN("A"))->name, "A");
	assert_int_equal(tree_child(e, SPAN("A"))->kind, NODE_ELEMENT);
	/* The first of several. */
	assert_span(
	    value_bytes(&tree_leaf(tree_child(e, SPAN("B")))->value), "b");
	assert_null(tree_child(e, SPAN("a")));
	assert_null(tree_child(e, SPAN("")));
	assert_null(tree_child(NULL, SPAN("A")));
}

static void
attributes_are_found_by_name(void **state)
{
	const struct node *const e = sample("<E A='1' B='2'><C/></E>");

	(void)state;
	assert_span(
	    value_bytes(&tree_leaf(tree_attr(e, SPAN("B")))->value), "2");
	assert_null(tree_attr(e, SPAN("C")));
	assert_null(tree_attr(NULL, SPAN("A")));
}

static void
a_leaf_is_the_only_content(void **state)
{
	(void)state;
	assert_non_null(tree_leaf(sample("<E>x</E>")));
	assert_non_null(tree_leaf(sample("<E>{0}</E>")));
	assert_null(tree_leaf(sample("<E/>")));
	assert_null(tree_leaf(sample("<E>x{0}</E>")));
	assert_null(tree_leaf(sample("<E><F/></E>")));
	assert_null(tree_leaf(sample("<E>x<F/></E>")));
	assert_null(tree_leaf(NULL));
}

static void
a_substitution_has_the_records_value(void **state)
{
	const struct value values[] = { utf8_value("zero"), utf8_value("one") };
	const struct node *const substitution = tree_leaf(sample("<E>{1}</E>"));
	const struct node *const text = tree_leaf(sample("<E>lit</E>"));

	(void)state;
	assert_span(value_bytes(tree_value(substitution, values)), "one");
	assert_span(value_bytes(tree_value(text, values)), "lit");
}

static const char whole[] =
    "<Event><System><Provider Name='P' Guid='G'/>"
    "<EventID Qualifiers='7'>4624</EventID><Version>2</Version>"
    "<Level>3</Level><Task>5</Task><Opcode>6</Opcode>"
    "<Keywords>0x8</Keywords><TimeCreated SystemTime='T'/>"
    "<EventRecordID>99</EventRecordID>"
    "<Correlation ActivityID='A' RelatedActivityID='R'/>"
    "<Execution ProcessID='11' ThreadID='12'/><Channel>Security</Channel>"
    "<Computer>DC</Computer><Security UserID='S'/></System>"
    "<EventData><Data Name='x'>1</Data></EventData></Event>";

static void
every_field_of_the_head(void **state)
{
	static const char *const want[SYSTEM_FIELDS] = { [SYSTEM_PROVIDER] =
							     "P",
		[SYSTEM_PROVIDER_GUID] = "G",
		[SYSTEM_EVENT_ID] = "4624",
		[SYSTEM_QUALIFIERS] = "7",
		[SYSTEM_VERSION] = "2",
		[SYSTEM_LEVEL] = "3",
		[SYSTEM_TASK] = "5",
		[SYSTEM_OPCODE] = "6",
		[SYSTEM_KEYWORDS] = "0x8",
		[SYSTEM_TIME] = "T",
		[SYSTEM_RECORD_ID] = "99",
		[SYSTEM_ACTIVITY_ID] = "A",
		[SYSTEM_RELATED_ACTIVITY_ID] = "R",
		[SYSTEM_PROCESS_ID] = "11",
		[SYSTEM_THREAD_ID] = "12",
		[SYSTEM_CHANNEL] = "Security",
		[SYSTEM_COMPUTER] = "DC",
		[SYSTEM_USER_ID] = "S" };
	const struct tree t = sample_tree(whole, NULL, 0);
	struct system_fields h;

	(void)state;
	system_fields_find(&h, &t);
	for (int i = 0; i < SYSTEM_FIELDS; i++) {
		const struct value *const v =
		    system_fields_value(&h, (enum system_field)i, NULL);
		assert_non_null(v);
		assert_span(value_bytes(v), want[i]);
	}
	assert_span(h.data->name, "EventData");
}

static void
everything_may_be_missing(void **state)
{
	static const char *const poor[] = { "<Event/>", "<Event>text</Event>",
		"<Event><System/></Event>",
		"<Event><System><EventID/><Provider/></System></Event>",
		"<Event><EventID>1</EventID></Event>" };

	(void)state;
	for (size_t k = 0; k < COUNT(poor); k++) {
		const struct tree t = sample_tree(poor[k], NULL, 0);
		struct system_fields h;
		system_fields_find(&h, &t);
		for (int i = 0; i < SYSTEM_FIELDS; i++)
			assert_null(system_fields_value(
			    &h, (enum system_field)i, NULL));
		assert_null(h.data);
	}
}

static void
a_null_substitution_is_missing_in_this_record_only(void **state)
{
	const struct tree t = sample_tree(
	    "<Event><System><EventID>{0}</EventID></System></Event>", NULL, 0);
	const struct value null = hex_value(VALUE_NULL, "");
	const struct value id = hex_value(VALUE_U16, "1012");
	struct system_fields h;

	(void)state;
	system_fields_find(&h, &t);
	assert_null(system_fields_value(&h, SYSTEM_EVENT_ID, &null));
	assert_ptr_equal(system_fields_value(&h, SYSTEM_EVENT_ID, &id), &id);
}

static void
the_first_of_repeated_fields_counts(void **state)
{
	const struct tree t =
	    sample_tree("<Event><System><EventID>1</EventID>"
			"<EventID>2</EventID></System>"
			"<System><EventID>3</EventID></System></Event>",
		NULL, 0);
	struct system_fields h;

	(void)state;
	system_fields_find(&h, &t);
	assert_span(
	    value_bytes(system_fields_value(&h, SYSTEM_EVENT_ID, NULL)), "1");
}

static void
user_data_is_the_data_where_there_is_no_event_data(void **state)
{
	const struct tree user =
	    sample_tree("<Event><UserData><X/></UserData></Event>", NULL, 0);
	const struct tree both =
	    sample_tree("<Event><UserData/><EventData/></Event>", NULL, 0);
	struct system_fields h;

	(void)state;
	system_fields_find(&h, &user);
	assert_span(h.data->name, "UserData");
	system_fields_find(&h, &both);
	assert_span(h.data->name, "EventData");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_appended_in_order),
		cmocka_unit_test(a_full_arena_adds_nothing),
		cmocka_unit_test(children_are_found_by_name),
		cmocka_unit_test(attributes_are_found_by_name),
		cmocka_unit_test(a_leaf_is_the_only_content),
		cmocka_unit_test(a_substitution_has_the_records_value),
		cmocka_unit_test(every_field_of_the_head),
		cmocka_unit_test(everything_may_be_missing),
		cmocka_unit_test(
		    a_null_substitution_is_missing_in_this_record_only),
		cmocka_unit_test(the_first_of_repeated_fields_counts),
		cmocka_unit_test(
		    user_data_is_the_data_where_there_is_no_event_data),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
