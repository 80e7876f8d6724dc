/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command of the loader is given and gives back: the target as its
 * user describes it, the stagings to load, and the report of what became of
 * their records.
 *
 * The commands are in push.h, plan.h, probe.h, status.h, reconcile.h and dcr.h.
 * None of them prints or exits.
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

/* Limits that the user sets; 0 means no limit. */
struct load_limits {
	unsigned calls_a_kilosecond; /* requests in 1,000 seconds */
	uint64_t bytes_a_second;     /* of compressed request bodies */
	uint64_t bytes;              /* compressed bodies of a whole run */
	uint64_t ms;                 /* of a run; open requests may finish */
	uint64_t batch_span_ms;      /* of TimeGenerated within a batch */
	bool keep_times; /* send rows whose TimeGenerated will be replaced */
	bool arrival;    /* TimeGenerated becomes the time of sending */
};

/* Strings that do not apply to the kind of target are NULL. All of them must
 * outlive the run. */
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
	bool insecure_http;    /* allow plain http to loopback addresses */
	unsigned jobs;         /* requests open at once */
	unsigned timeout_ms;   /* of one request */
	unsigned retry_ms;     /* the first wait before a retry */
	unsigned wait_ms;      /* give up after this time without a success */
	unsigned role_wait_ms; /* from the start of the run, retry 403 and 404
				*/
	unsigned max_dead;     /* refused records that a run tolerates */
	bool hold;             /* do not send ambiguous batches again */
	const char *part;      /* "I/N": loader I of N side by side; or NULL */
	unsigned loader;       /* I */
	unsigned loaders;      /* N, which share the rate limits; 0: one */
	struct load_limits limits;
};

struct clock;
struct transport;

struct load_staging {
	struct reader *reader;
	const struct table *table; /* of its schema */
};

struct load_count {
	uint64_t batches;
	uint64_t records;
	uint64_t bytes;
};

#define LOAD_QUERY 640

/* What the receiver will change, counted over the records that it does not
 * have yet. */
struct load_preflight {
	uint64_t restamped;  /* TimeGenerated becomes the time of arrival */
	uint64_t times_lost; /* of restamped: no TimeCreated_CF keeps the time
			      */
	uint64_t stamped;    /* TimeGenerated becomes the time of sending */
	uint64_t old;        /* TimeGenerated over 48 hours ago */
	uint64_t recent;     /* 1 to 48 hours ago */
	uint64_t young;      /* less than an hour ago */
	uint64_t ahead;      /* over 24 hours in the future */
	uint64_t truncated;  /* records with a value that will be truncated */
	uint64_t truncated_fields; /* number of such values */
	uint64_t first_time;       /* TimeGenerated as FILETIME; 0: none */
	uint64_t last_time;
};

/* After every run, whatever ended it, each record is counted in exactly one of
 * six numbers: all = new + already + repeated + refused + left + skipped. The
 * first is load_new_records(). */
struct load_report {
	struct load_count all; /* records of all stagings; batches and bytes of
				* those that are sent */
	struct load_count acked;
	struct load_count left;
	struct load_count ambiguous; /* may be at the target twice */
	struct load_count held;      /* of the ambiguous: not sent again */
	uint64_t already;            /* sqlite: an older row has the same key */
	/* At the target, perhaps not for the first time. sqlite: another record
	 * of the same staging has the key. Others: acknowledged in a batch
	 * that was sent again after its answer was lost. Both: records of
	 * segments that were given twice (`same`). */
	uint64_t repeated;
	uint64_t conflicts; /* of already and repeated: different rows, stored
			     * in the table of conflicts */
	uint64_t refused;   /* records refused for good */
	uint64_t skipped;   /* duplicates of the collection, not loaded */
	uint64_t same;      /* records of segments that were given twice */
	uint64_t attempts;  /* requests of all runs */
	struct load_preflight preflight;
	/* Of this run: */
	uint64_t before;  /* records acknowledged when it began */
	uint64_t revived; /* dead letters planned again so far */
	uint64_t dead;    /* dead letters to plan again; 0 when that is done */
	uint64_t to_do;   /* records left when it began */
	uint64_t resumed; /* batches whose answer an earlier run lost */
	uint64_t requests;
	uint64_t retries;
	uint64_t bytes_sent; /* compressed */
	int64_t ms;
	/* KQL that lists rows that are stored twice; "" if none can be. */
	char query[LOAD_QUERY];
	int64_t waiting_ms; /* until the next request; 0 while one is open */
};

/* Records that reached the target for the first time. */
uint64_t load_new_records(const struct load_report *r);

/* Add the counts of another checkpoint: those that load_status() sets. */
void load_report_add(struct load_report *sum, const struct load_report *more);

/* The clock and the network of a run; unit tests replace them. */
struct load_environment {
	const struct clock *clock;
	const struct transport *transport;
	unsigned compressors; /* threads that compress; 1: the main thread */
};

struct load_run {
	const struct load_target *target;
	const struct load_staging *stagings;
	size_t n;
	const char
	    *collection; /* the digest of that of all stagings; or NULL */
	/* NULL: the system's clock, libcurl, and threads of its own. */
	const struct load_environment *environment;
	bool retry_dead; /* send records again that the target refused */
	const volatile sig_atomic_t *stop; /* not 0: end soon; may be NULL */
	/* Called from time to time and once at the end; may be NULL. */
	void (*progress)(void *arg, const struct load_report *report);
	/* Called with a sentence on each failure that is retried; may be NULL.
	 */
	void (*note)(void *arg, const char *text);
	void *arg;
};

#endif
