/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of info --eids: items, maxima, and independence of the order of
 * addition. */
#include "coverage/event_counts.h"
#include "tests/unit/helper.h"

#define LOG \
	"<Event><System>" \
	"<Provider Name='Microsoft-Windows-Security-Auditing'/>" \
	"<EventID>{0}</EventID><Channel>Security</Channel>" \
	"<Computer>{1}</Computer></System>" \
	"<EventData><Data Name='TargetUserName'>ann</Data>" \
	"<Data Name='IpAddress'>-</Data></EventData></Event>"

static struct err error;

static void
add(struct event_counts *s, uint64_t id, const char *computer, uint64_t time)
{
	const struct value values[] = { number_value(VALUE_U16, id, 2),
		utf8_value(computer) };
	const struct tree t = sample_tree(LOG, values, COUNT(values));
	struct system_fields h;

	system_fields_find(&h, &t);
	event_counts_add(s, &h, &t, time);
	assert_false(s->failed);
}

static void
records_of_one_item_are_one(void **state)
{
	struct event_counts s;

	(void)state;
	event_counts_init(&s, 10);
	add(&s, 4624, "A", 30);
	add(&s, 4624, "A", 0);
	add(&s, 4624, "A", 10);
	const struct event_counts_item *const item =
	    s.lists[EVENT_COUNTS_EIDS].items;
	assert_int_equal(s.lists[EVENT_COUNTS_EIDS].n, 1);
	assert_int_equal(item->count, 3);
	assert_int_equal(item->first_time, 10);
	assert_int_equal(item->last_time, 30);
	assert_span(item->names[0], "Security");
	assert_int_equal(s.lists[EVENT_COUNTS_LOGONS].items[0].count, 3);
	assert_span(s.lists[EVENT_COUNTS_LOGONS].items[0].names[0], "ann");
	assert_span(s.lists[EVENT_COUNTS_LOGONS].items[0].names[1], "");
	event_counts_free(&s);
}

static void
what_is_beyond_a_maximum_is_counted(void **state)
{
	struct event_counts s;
	char name[8];

	(void)state;
	event_counts_init(&s, 100);
	for (unsigned i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "PC%u", i);
		add(&s, i, name, 1);
	}
	assert_int_equal(s.lists[EVENT_COUNTS_COMPUTERS].n, 100);
	assert_int_equal(s.lists[EVENT_COUNTS_COMPUTERS].others, 50);
	add(&s, 5, "PC5", 1);
	assert_int_equal(s.lists[EVENT_COUNTS_COMPUTERS].others, 50);
	assert_int_equal(s.lists[EVENT_COUNTS_COMPUTERS].items[5].count, 2);
	event_counts_free(&s);
}

/* Long names exhaust the byte limit of a list before its item limit. */
static void
names_are_cut_and_their_bytes_limited(void **state)
{
	struct event_counts s;
	char name[700];

	(void)state;
	event_counts_init(&s, 100);
	memset(name, 'x', sizeof(name));
	for (unsigned i = 0; i < 100; i++) {
		name[0] = (char)('0' + i / 10);
		name[1] = (char)('0' + i % 10);
		name[699] = '\0';
		add(&s, 1, name, 1);
	}
	const struct event_counts_table *const t =
	    &s.lists[EVENT_COUNTS_COMPUTERS];
	assert_int_equal(t->items[0].names[0].n, EVENT_COUNTS_NAME_MAX);
	assert_in_range(t->n, 10, 60);
	assert_int_equal(t->n + t->others, 100);
	assert_int_equal(s.lists[EVENT_COUNTS_EIDS].items[0].count, 100);
	event_counts_free(&s);
}

static void
surveys_add_up_in_order(void **state)
{
	struct event_counts run;
	struct event_counts job;

	(void)state;
	event_counts_init(&run, 2);
	event_counts_init(&job, 10);
	add(&job, 7, "B", 5);
	add(&job, 8, "B", 5);
	assert_ok(event_counts_merge(&run, &job, &error));
	event_counts_clear(&job);
	assert_int_equal(job.lists[EVENT_COUNTS_EIDS].n, 0);
	add(&job, 9, "A", 4);
	add(&job, 8, "A", 4);
	assert_ok(event_counts_merge(&run, &job, &error));
	event_counts_sort(&run);
	const struct event_counts_table *const ids =
	    &run.lists[EVENT_COUNTS_EIDS];
	assert_int_equal(ids->n, 2);
	assert_int_equal(ids->others, 1);
	assert_int_equal(ids->items[0].number, 8);
	assert_int_equal(ids->items[0].count, 2);
	assert_int_equal(ids->items[0].first_time, 4);
	assert_int_equal(ids->items[1].number, 7);
	assert_span(run.lists[EVENT_COUNTS_COMPUTERS].items[0].names[0], "A");
	event_counts_free(&run);
	event_counts_free(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    records_of_one_item_are_one, helper_teardown),
		cmocka_unit_test_teardown(
		    what_is_beyond_a_maximum_is_counted, helper_teardown),
		cmocka_unit_test_teardown(
		    names_are_cut_and_their_bytes_limited, helper_teardown),
		cmocka_unit_test_teardown(
		    surveys_add_up_in_order, helper_teardown),
	};

	return RUN(tests);
}
