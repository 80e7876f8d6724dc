/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing staged records to a target, so that every one arrives, and what may
 * have arrived twice is known.
 *
 * load_push() verifies every segment, commits a plan of batches, then sends
 * batch after batch and writes down what became of each. It may be ended at
 * any instant and called again with the same sources and target: it goes on
 * where it was. It prints nothing.
 *
 * At its end it writes beside the checkpoint, each file whole or not at all:
 *
 *   dead.ndjson       one line a record that is refused for good
 *   ambiguous.ndjson  one line a batch that may be there twice
 *   doubles.kql       the query that finds what is there twice
 *   receipts.ndjson   one line an attempt, with the service's own id for it
 *
 * They are copies of what the checkpoint knows. Beside a database there is
 * only DATABASE-dead.ndjson.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/setting.h"
#include "stage/reader.h"
#include "util/column.h"
#include "util/err.h"

/* What its user allows; 0: no limit. */
struct load_limits {
	unsigned calls_a_kilosecond; /* a thousandth of a call a second */
	uint64_t bytes_a_second;     /* on the wire: compressed bodies */
	uint64_t bytes;              /* the same, of a run */
	uint64_t ms;                 /* of a run; what flies then may land */
	uint64_t batch_span_ms;      /* of TimeGenerated in one batch */
	bool keep_times; /* send what the receiver gives another time */
	bool arrival;    /* TimeGenerated is the time of sending */
};

/* A target as its user describes it. Texts that do not concern it are NULL;
 * they must live as long as the run. */
struct load_target {
	const char *sink;  /* sqlite or sentinel */
	const char *path;  /* sqlite: the database */
	const char *state; /* others: the folder of the checkpoint */
	const char *endpoint;
	const char *dcr;
	const char *stream;
	struct auth_options auth;
	const char *ca_file;
	const char *proxy;
	bool insecure_http;    /* plain http, to loopback addresses */
	unsigned jobs;         /* requests in flight */
	unsigned timeout_ms;   /* of one request */
	unsigned retry_ms;     /* the first wait before trying again */
	unsigned wait_ms;      /* give up when nothing arrived for so long */
	unsigned role_wait_ms; /* so long 403 and 404 are waited for */
	unsigned max_dead; /* refused records that end the run if exceeded */
	bool hold;         /* ambiguous batches are not sent again */
	struct load_limits limits;
};

struct clock;
struct transport;

struct load_source {
	struct reader *reader;
	const struct table *table; /* of its schema */
};

struct load_count {
	uint64_t batches;
	uint64_t records;
	uint64_t bytes;
};

#define LOAD_QUERY 640

/* What the receiver will change, of the records that are not there yet. */
struct load_look {
	uint64_t restamped;  /* TimeGenerated becomes the time of arrival, */
	uint64_t untold;     /* and no TimeCreated_CF keeps it */
	uint64_t stamped;    /* TimeGenerated becomes the time of sending */
	uint64_t old;        /* their times: over 48 hours ago, */
	uint64_t recent;     /* over one hour ago, */
	uint64_t young;      /* younger, */
	uint64_t ahead;      /* over 24 hours ahead */
	uint64_t cut;        /* records with a value that is cut off */
	uint64_t cut_fields; /* such values */
	uint64_t first_time; /* of TimeGenerated, FILETIME; 0: none */
	uint64_t last_time;
};

/* Every record is in one of five: all = new + already + repeated + refused +
 * left, after every run, whatever ended it. See load_new(). */
struct load_report {
	struct load_count all; /* records of the sources given; batches and
				* bytes of what is sent of them */
	struct load_count acked;
	struct load_count left;
	struct load_count ambiguous; /* may be there twice */
	struct load_count held;      /* of the ambiguous: not sent again */
	uint64_t already; /* a row from before has the key (sqlite) */
	/* There, and perhaps not for the first time. sqlite: another record
	 * of the same staging has the key. Others: acknowledged in a batch
	 * that was sent again after its answer was lost. Both: records of
	 * segments that were given twice (`same`). */
	uint64_t repeated;
	uint64_t conflicts; /* of already and repeated: other rows, kept apart
			     */
	uint64_t refused;   /* records refused for good */
	uint64_t same;      /* records of segments that were given twice */
	uint64_t attempts;  /* over all runs */
	struct load_look look;
	/* Of this run: */
	uint64_t before;  /* records acknowledged when it began */
	uint64_t revived; /* dead letters tried again, */
	uint64_t dead;    /* of so many, while they are read; then 0 */
	uint64_t to_do;   /* records left when it began */
	uint64_t resumed; /* batches whose answer an earlier run lost */
	uint64_t requests;
	uint64_t retries;
	uint64_t bytes_sent; /* compressed */
	int64_t ms;
	/* The query that finds what is there twice; "" if nothing can be. */
	char query[LOAD_QUERY];
	int64_t waiting_ms; /* until the next attempt; 0 when none waits */
};

/* Records that are in the target for the first time. */
uint64_t load_new(const struct load_report *r);

/* How a run reaches what is outside of it. */
struct load_outside {
	const struct clock *clock;
	const struct transport *transport;
	unsigned packers; /* threads that compress; 1: the sending thread */
};

struct load_run {
	const struct load_target *target;
	const struct load_source *sources;
	size_t n;
	/* NULL: the system's clock, libcurl, and threads of its own. */
	const struct load_outside *outside;
	bool retry_dead; /* records refused by the target are tried again */
	const volatile sig_atomic_t *stop; /* set: end soon; may be NULL */
	/* Called now and then, and once at the end; may be NULL. */
	void (*progress)(void *arg, const struct load_report *report);
	/* Told in a sentence what went wrong and is tried again; may be NULL.
	 */
	void (*note)(void *arg, const char *text);
	void *arg;
};

/* The report is filled as far as it went, whatever is returned.
 *
 *   RC_OK                      all records are there or refused for good
 *   RC_RETRY                   something temporary: call again later
 *   RC_FATAL, WHY_STOPPED      *stop was set
 *   RC_FATAL, WHY_DENIED       the target refuses us
 *   RC_FATAL, WHY_REFUSED      it refuses more records than max_dead
 *   RC_FATAL, WHY_LOCKED       another run has this state
 *   RC_FATAL, WHY_TAMPERED, WHY_CORRUPT, WHY_USAGE, ... */
enum rc load_push(
    const struct load_run *run, struct load_report *report, struct err *e);

/* Whether a target of the network can be right; asks nobody. tell gets an
 * error for each part that cannot. Values that are NULL are not checked.
 * load_push() and load_probe() check the same, and report the first. */
enum load_part {
	LOAD_PART_ENDPOINT,
	LOAD_PART_DCR,
	LOAD_PART_STREAM,
	LOAD_PART_PROXY,
	LOAD_PART_CREDENTIALS,
};

void load_check_address(const struct load_target *target,
    void (*tell)(void *arg, enum load_part part, const struct err *e),
    void *arg);
void load_check_credentials(const struct load_target *target,
    void (*tell)(void *arg, enum load_part part, const struct err *e),
    void *arg);

/* A batch of a plan. */
struct load_batch {
	const char *segment; /* segments/000001.ndjson */
	const char *sha256;  /* of it */
	uint64_t offset;
	uint64_t length;
	uint64_t records;
	const char *key; /* hex */
	bool ambiguous;  /* was sent, without a recorded answer */
};

struct load_plan {
	struct load_count all;
	struct load_count left;      /* what is to be sent; the rest is there */
	struct load_count too_large; /* records over the target's limit */
	struct load_look look;
	uint64_t largest;  /* batch, in bytes */
	uint64_t least_ms; /* that the documented and the given limits allow */
	uint64_t max_bytes;
	bool limited; /* whether there are such limits */
	/* Told of each batch that is left, in order; may be NULL. */
	enum rc (*each)(void *arg, const struct load_batch *b, struct err *e);
	void *arg;
};

/* What a push would do, from nothing. Verifies, sends and keeps nothing. The
 * caller sets each and arg, and clears the rest. */
enum rc load_plan(
    const struct load_run *run, struct load_plan *plan, struct err *e);

/* What a push will do from where it is: commits the batches to the checkpoint.
 * A push then sends exactly these. */
enum rc load_plan_keep(
    const struct load_run *run, struct load_plan *plan, struct err *e);

/* Whether a target would take records: a token, an empty array, and on request
 * one row that says what it is. */
#define LOAD_STEPS 3
struct load_step {
	const char *name; /* token, empty, row */
	bool good;
	long http; /* 0: no answer */
	int64_t ms;
	char words[300];  /* the server's own, or why there is none */
	const char *hint; /* what a person can do about it, or NULL */
};

struct load_probe {
	bool row; /* to be set: send one, too */
	struct load_step step[LOAD_STEPS];
	unsigned n;   /* taken; the last is the one that failed */
	char key[33]; /* RecordKey_CF of the row */
};

/* Needs no staging and no checkpoint. Errors as of load_push(). */
enum rc load_probe(
    const struct load_run *run, struct load_probe *p, struct err *e);

/* What a checkpoint says. Nothing is created or changed. RC_END: there is no
 * checkpoint. */
struct load_refusal {
	const char *sha256; /* of the segment */
	uint64_t offset;
	uint64_t length;
	long http;
	const char *text;
};

/* Refusals with the same status and the same words but for ids, times and
 * numbers. */
#define LOAD_REASONS 32 /* the last one counts all others */
struct load_reason {
	long http;
	char text[300]; /* of the first */
	uint64_t records;
};

/* target says what the checkpoint is for: sqlite, or "sentinel rule R stream
 * S". Reasons come last. target and reason may be NULL. */
struct load_each {
	enum rc (*target)(void *arg, const char *name);
	enum rc (*reason)(void *arg, const struct load_reason *r);
	enum rc (*staging)(void *arg, const char *name, const char *schema,
	    const char *digest);
	enum rc (*refusal)(void *arg, const struct load_refusal *r);
	void *arg;
};

enum rc load_status(const struct load_target *target,
    struct load_report *report, const struct load_each *each, struct err *e);

/* The versions of the libraries behind it, as one line. */
void load_versions(char *out, size_t n);

#endif
