/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver that follows a script, and a clock that jumps to the next thing
 * that happens: load_push() with the objects that evtxload links, without
 * network and without waiting.
 *
 * scripted_begin() makes a staging of one batch a segment. Each request goes to
 * `answer`, which changes the reply that is prepared for it (204, the records
 * stored, 20 ms later). What was stored, when requests began and what they
 * carried is in the journal.
 */
#ifndef UNIT_SCRIPTED_H
#define UNIT_SCRIPTED_H

#include "http/transport.h"
#include "load/push.h"
#include "tests/unit/helper.h"

#define SCRIPTED_BATCHES 12U
#define SCRIPTED_ROWS 10U /* in each */
#define SCRIPTED_RECORDS (SCRIPTED_BATCHES * SCRIPTED_ROWS)
#define SCRIPTED_JOURNAL 4096U

/* The answer to a request. */
struct scripted_reply {
	enum http_fate fate;
	long status;
	int64_t wait_ms;  /* Retry-After, or HTTP_NO_WAIT */
	int64_t after_ms; /* from the request's start to its answer */
	bool stored; /* the records were stored, whatever the answer says */
	const char *body; /* NULL: the usual one */
};

/* A request in the journal. */
struct scripted_entry {
	bool token;       /* asked for one; else records */
	unsigned number;  /* from 1, of its kind */
	int64_t start_ms; /* of the scripted clock */
	int64_t end_ms;
	unsigned first;  /* its records: the number of the first, */
	unsigned n;      /* and how many */
	unsigned bearer; /* number of the token that it carried */
	size_t bytes;    /* compressed */
	struct scripted_reply reply;
};

struct scripted {
	char dir[TEMP_MAX];
	char state[TEMP_MAX + 8];
	struct reader *reader;
	struct load_staging staging;
	struct load_target target;
	struct load_report report;
	struct err e;
	/* May change the reply; NULL: everything is accepted. */
	void (*answer)(void *arg, const struct scripted_entry *request,
	    struct scripted_reply *reply);
	void *arg;
	char notes[65536]; /* every message of load_push(), a line each */
	unsigned stored[SCRIPTED_RECORDS];
	struct scripted_entry journal[SCRIPTED_JOURNAL];
	unsigned n;
	unsigned busiest; /* most records' requests in flight at a time */
};

/* One at a time. */
void scripted_begin(struct scripted *s);
void scripted_end(struct scripted *s);

/* Declares a test with this setup and teardown in a cmocka list. */
#define SCRIPTED_TEST(test, scripted) \
	cmocka_unit_test_prestate_setup_teardown( \
	    test, scripted_setup, scripted_teardown, scripted)
int scripted_setup(void **state);
int scripted_teardown(void **state);

/* Forget the stored records and remove the checkpoint. */
void scripted_reset(struct scripted *s);

/* load_push() with the target, or with its dead letters. */
enum rc scripted_push(struct scripted *s);
enum rc scripted_retry_dead(struct scripted *s);

int64_t scripted_ms(void);

/* Number of records stored at least once, and more than once. */
unsigned scripted_present(const struct scripted *s);
unsigned scripted_doubled(const struct scripted *s);

/* The requests with records (or for tokens) in the journal. */
unsigned scripted_requests(const struct scripted *s, bool tokens);

#endif
