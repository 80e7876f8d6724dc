/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What remote.c (the loop) and flight.c (one batch) share.
 *
 * A flight is a place in the window: it holds one batch from its first attempt
 * to its end, through all waits in between. What happens to a batch is written
 * to the checkpoint in the transaction that remote_settle() commits, always
 * before the next request goes out.
 */
#ifndef LOAD_REMOTE_H
#define LOAD_REMOTE_H

#include "auth/auth.h"
#include "checkpoint/batch.h"
#include "http/transport.h"
#include "load/fetch.h"
#include "load/limit.h"
#include "load/pack.h"
#include "load/trial.h"

struct flight {
	struct batch batch; /* id 0: free */
	struct pack_job job;
	struct buf body; /* compressed, kept over attempts */
	bool packing;    /* the body is being made */
	bool flying;
	bool chosen;         /* written down as sent, to be started */
	unsigned tries;      /* attempts of this run */
	unsigned generation; /* of the token used */
	int64_t due_ms;      /* not before */
};

struct remote {
	struct load *load;
	const struct transport *transport;
	struct http *http;
	struct auth *auth;
	struct pack *pack;
	struct flight *flights;
	unsigned n;       /* of them, */
	unsigned window;  /* and how many may fly at once */
	struct buf lines; /* of a batch to split */
	struct buf url;
	struct buf bearer;  /* the Authorization header */
	bool writing;       /* a transaction is open */
	int64_t after;      /* the last batch taken from the plan */
	bool exhausted;     /* there is none after it */
	struct fetch fetch; /* of tokens */
	struct limit limit;
	int64_t limit_ms; /* nothing goes out before, by our own limits, */
	bool ending;      /* or at all: one of them ends the run */
	int64_t pause_ms; /* nothing goes out before, by the target's words */
	int64_t good_ms;  /* when something last went well */
	bool failing;     /* something did not, since */
	/* A new token was refused, and others that carry it are under way:
	 * nothing is sent until it is known whether it works. */
	bool doubt;
	unsigned streak; /* pauses since something last went well */
	struct trial trial;
	bool halted;    /* the target refuses us: *why says it */
	struct err why; /* the last failure */
};

/* Open the transaction if it is not; commit it if it is. */
enum rc remote_touch(struct remote *r, struct err *e);
enum rc remote_settle(struct remote *r, struct err *e);

/* Tell the one who watches. */
void remote_note(struct remote *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* flight.c: have the batch packed; write down that it is sent; send it; act on
 * its answer. */
void flight_load(struct remote *r, struct flight *f);
enum rc flight_choose(struct remote *r, struct flight *f, struct err *e);
enum rc flight_start(struct remote *r, struct flight *f, struct err *e);
enum rc flight_answer(struct remote *r, struct flight *f,
    const struct http_answer *answer, struct err *e);

/* Until then 403 and 404 are waited for. */
int64_t remote_settled(const struct remote *r);

/* When to try again after failure n: what the server asks, else a back-off. */
int64_t remote_wait(
    const struct remote *r, const struct http_answer *answer, unsigned n);

#endif
