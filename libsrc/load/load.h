/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input and the results of every command of the loader: the target as the
 * user describes it, the stagings to load, and a report of what happened to
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
	/* Maximum number of requests in 1,000 seconds. */
	unsigned calls_a_kilosecond;
	/* Compressed bytes of request bodies per second. */
	uint64_t bytes_a_second;
	/* Maximum compressed bytes of request bodies in a run. */
	uint64_t bytes;
	/* Maximum duration of a run in ms; requests that are open then may
	 * finish. */
	uint64_t ms;
	/* Maximum range of TimeGenerated within a batch, in ms. */
	uint64_t batch_span_ms;
	/* Send rows although the service will replace their TimeGenerated. */
	bool keep_times;
	/* Send rows with the time of sending as TimeGenerated. */
	bool arrival;
};

/* Strings that do not apply to the kind of target are NULL. All of them must
 * outlive the run. */
struct load_target {
	const char *sink;  /* name of the sink, sqlite or sentinel */
	const char *path;  /* sqlite: path of the database */
	const char *state; /* other targets: folder of the checkpoint */
	const char *endpoint;
	const char *dcr;
	const char *stream;
	struct auth_options auth;
	const char *ca_file;
	const char *proxy;
	bool insecure_http;  /* allow plain http to loopback addresses */
	unsigned jobs;       /* maximum number of open requests */
	unsigned timeout_ms; /* timeout of one request in ms */
	unsigned retry_ms;   /* first wait before a retry in ms */
	unsigned wait_ms;    /* maximum time without a success in ms */
	/* Time from the start of the run, in ms, in which 403 and 404 are
	 * retried. */
	unsigned role_wait_ms;
	unsigned max_dead; /* number of refused records that a run tolerates */
	bool hold; /* do not send batches again that may have been stored */
	/* "I/N": loader I of N that run side by side; NULL: one loader. */
	const char *part;
	unsigned loader; /* number I of this loader, from 0 */
	/* Number N of loaders, which share the rate limits; 0: one. */
	unsigned loaders;
	struct load_limits limits;
};

struct clock;
struct transport;

struct load_staging {
	struct reader *reader;
	const struct table *table; /* table of the staging's schema */
};

struct load_count {
	uint64_t batches;
	uint64_t records;
	uint64_t bytes;
};

#define LOAD_QUERY 640

/* Counts of what the receiver will change in the records that it does not have
 * yet. */
struct load_preflight {
	/* Records whose TimeGenerated becomes the time of arrival. */
	uint64_t restamped;
	/* Restamped records without TimeCreated_CF, which keeps the time. */
	uint64_t times_lost;
	/* Records whose TimeGenerated becomes the time of sending. */
	uint64_t stamped;
	uint64_t old;    /* number of records over 48 hours old */
	uint64_t recent; /* number of records 1 to 48 hours old */
	/* Records less than an hour old, or up to 24 hours ahead. */
	uint64_t young;
	uint64_t ahead; /* number of records over 24 hours ahead of the clock */
	uint64_t truncated; /* records with a value that will be truncated */
	uint64_t truncated_fields; /* number of values that will be truncated */
	uint64_t first_time; /* earliest TimeGenerated as FILETIME; 0: none */
	uint64_t last_time;
};

/* Counts of records. After every run, whatever ended it, each record is counted
 * in exactly one of six numbers: all = new + already + repeated + refused +
 * left + skipped, where new is load_new_records(). */
struct load_report {
	/* Records of all stagings; batches and bytes only of those that are
	 * sent. */
	struct load_count all;
	struct load_count acked;
	struct load_count left;
	struct load_count ambiguous; /* batches that may be stored twice */
	struct load_count held; /* ambiguous batches that are not sent again */
	/* sqlite: records that were not added because an older row has their
	 * key. */
	uint64_t already;
	/* Records at the target that may have been stored before. sqlite:
	 * records whose key another record of the same staging has. Other
	 * targets: records acknowledged in a batch that was sent again after
	 * its answer was lost. Both: records of segments that were given twice
	 * (`same`). */
	uint64_t repeated;
	/* Records of `already` and `repeated` that differ from the row with
	 * their key; stored in the table of conflicts. */
	uint64_t conflicts;
	uint64_t refused; /* records that are refused permanently */
	/* Duplicates in the collection, which are not loaded. */
	uint64_t skipped;
	uint64_t same;     /* records of segments that were given twice */
	uint64_t attempts; /* number of requests of all runs */
	struct load_preflight preflight;
	/* Counts of this run: */
	uint64_t before;  /* records acknowledged when the run began */
	uint64_t revived; /* refused records planned again so far */
	uint64_t dead; /* refused records to plan again; 0 when that is done */
	/* Number of records still to be sent when the run began. */
	uint64_t to_do;
	/* Batches that an earlier run sent without recording an answer. */
	uint64_t resumed;
	uint64_t requests;
	uint64_t retries;
	/* Compressed bytes of request bodies that were sent. */
	uint64_t bytes_sent;
	int64_t ms;
	/* KQL that lists rows that are stored twice; "" if no row can be. */
	char query[LOAD_QUERY];
	/* Time until the next request; 0 while one is open. */
	int64_t waiting_ms;
};

/* Returns the number of records that reached the target for the first time. */
uint64_t load_new_records(const struct load_report *r);

/* Add the counts of another checkpoint, which load_status() sets. */
void load_report_add(struct load_report *sum, const struct load_report *more);

/* The clock and the network of a run; unit tests replace them. */
struct load_environment {
	const struct clock *clock;
	const struct transport *transport;
	/* Number of compressing threads; 1: the main thread. */
	unsigned compressors;
};

/* More threads than this read faster than a disk. Each may need memory for a
 * line of MAXIMUM_LINE. */
#define LOAD_VERIFIERS_MAX 8U

struct load_run {
	const struct load_target *target;
	const struct load_staging *stagings;
	size_t n;
	/* Digest of the collection of all stagings; NULL: no collection was
	 * given. */
	const char *collection;
	/* Clock and network; NULL: the system's clock, libcurl, and threads for
	 * compression. */
	const struct load_environment *environment;
	/* Number of threads that verify segments; 0 and 1: the main thread. */
	unsigned verifiers;
	/* Send records again that an earlier run refused permanently. */
	bool retry_dead;
	/* The run ends soon once *stop is not 0; may be NULL. */
	const volatile sig_atomic_t *stop;
	/* Called regularly and once at the end; may be NULL. */
	void (*progress)(void *arg, const struct load_report *report);
	/* Called with a message about each failure that is retried; may be
	 * NULL. */
	void (*note)(void *arg, const char *text);
	void *arg;
};

#endif
