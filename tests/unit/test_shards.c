/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "input/headsum.h"
#include "shards/balance.h"
#include "shards/shard_plan.h"
#include "tests/unit/helper.h"

static struct err error;

/* Largest first: no shard is heavier than the mean and the largest weight. */
static void
test_the_least_loaded(void **state)
{
	uint64_t load[7] = { 0 };
	struct balance *b;
	uint64_t all = 0;

	(void)state;
	assert_ok(balance_create(&b, 7, &error));
	for (uint64_t weight = 1000; weight > 0; weight--) {
		uint32_t least = 0;
		for (uint32_t i = 1; i < 7; i++)
			least = load[i] < load[least] ? i : least;
		const uint32_t shard = balance_put(b, weight);
		assert_int_equal(shard, least); /* equal: the lower number */
		load[shard] += weight;
		all += weight;
	}
	for (uint32_t i = 0; i < 7; i++)
		assert_true(load[i] <= all / 7 + 1000);
	balance_destroy(b);
	assert_ok(balance_create(&b, 1, &error));
	assert_int_equal(balance_put(b, UINT64_C(1) << 50), 0);
	assert_int_equal(balance_put(b, 1), 0);
	balance_destroy(b);
	balance_destroy(NULL);
}

/* printf '3\nabc' | sha256sum */
static void
test_the_cheap_digest(void **state)
{
	char dir[TEMP_MAX];
	struct headsum_value v;
	struct headsum *h;
	uint8_t whole[DIGEST_BYTES];

	(void)state;
	temp_make(dir);
	file_write(in(dir, "a"), SPAN("abc"));
	assert_ok(headsum_create(&h, &error));
	assert_ok(headsum_file(h, in(dir, "a"), &v, &error));
	assert_int_equal(v.bytes, 3);
	assert_ok(digest_once(SPAN("3\nabc"), whole, &error));
	assert_memory_equal(v.sum, whole, sizeof(whole));
	assert_int_equal(headsum_file(h, in(dir, "no"), &v, &error), RC_SKIP);
	assert_int_equal(headsum_file(h, dir, &v, &error), RC_SKIP);
	headsum_destroy(h);
	headsum_destroy(NULL);
	temp_remove(dir);
}

/* A FIFO without a writer must not block, and a folder is no plan. */
static void
test_a_plan_that_is_no_regular_file(void **state)
{
	char dir[TEMP_MAX];
	struct shard_plan *p;

	(void)state;
	temp_make(dir);
	assert_int_equal(mkfifo(in(dir, "plan"), 0600), 0);
	(void)alarm(10);
	assert_int_equal(
	    shard_plan_open(&p, in(dir, "plan"), &error), RC_FATAL);
	(void)alarm(0);
	assert_int_equal(error.why, WHY_USAGE);
	assert_non_null(strstr(error.text, "is not a plan of shards"));
	shard_plan_close(p);
	assert_int_equal(shard_plan_open(&p, dir, &error), RC_FATAL);
	assert_int_equal(error.why, WHY_USAGE);
	assert_non_null(strstr(error.text, "is not a plan of shards"));
	shard_plan_close(p);
	temp_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_least_loaded),
		cmocka_unit_test(test_the_cheap_digest),
		cmocka_unit_test(test_a_plan_that_is_no_regular_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
