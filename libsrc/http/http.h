/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A window of requests in flight, driven from one thread.
 *
 * What it promises: TLS 1.2 or newer with a verified peer, also to an https
 * proxy, no redirects, no request sent twice by itself, bounded answers, a
 * deadline for each request. Plain http goes to loopback addresses only, and to
 * services of this machine that a request names as such. What it never does:
 * wait between attempts, judge an answer, print.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>

#include "http/answer.h"
#include "util/buf.h"
#include "util/err.h"

#define HTTP_BODY_MAX (64U << 10)    /* kept of an answer */
#define HTTP_HEADERS_MAX (64U << 10) /* more is no answer: lost */

struct http;

struct http_options {
	/* For the service and for an https proxy; NULL: the system's. */
	const char *ca_file;
	const char *proxy;   /* NULL: the environment's */
	unsigned window;     /* requests in flight at most */
	unsigned timeout_ms; /* of a request from its start to its end */
	size_t body_max;     /* kept of an answer; 0: HTTP_BODY_MAX */
	/* Of a body, at most; the time that it takes then comes on top of the
	 * timeout. 0: as fast as it goes. */
	uint64_t bytes_a_second;
};

/* Another way to the host of an address: TCP goes to `connect`, TLS and its
 * name stay those of the address, certificates are checked with ca (PEM) if
 * given, and no proxy is used. */
struct http_route {
	const char *connect;  /* host:port */
	const struct buf *ca; /* empty: none */
};

/* A POST, or a GET without a body. Everything but the body is copied; the body
 * must stay until the answer is taken. */
struct http_request {
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL */
	struct span body;
	void *tag; /* comes back with the answer; not NULL */
	bool get;
	/* The address passed url_check_local(): plain http is allowed to it,
	 * and no proxy is used then. */
	bool local;
	unsigned timeout_ms;            /* 0: that of the options */
	const struct http_route *route; /* NULL: as the address says */
};

enum rc http_create(
    const struct http_options *options, struct http **hp, struct err *e);
void http_destroy(struct http *h);

/* Begin a request; there must be room in the window. */
enum rc http_start(
    struct http *h, const struct http_request *request, struct err *e);
unsigned http_in_flight(const struct http *h);
bool http_has_room(const struct http *h);

/* Let things move; returns when something is finished or ms have passed. */
enum rc http_wait(struct http *h, int64_t ms, struct err *e);

/* End a wait of another thread, or its next one. May be called by any. */
void http_wake(struct http *h);

/* The next finished request, if there is one. The texts in it live until the
 * next call of this module. */
bool http_next_answer(struct http *h, struct http_answer *out);

/* End all that is in flight; http_next_answer() tells their fates. */
void http_cancel_all(struct http *h);

/* Whether it is the URL of a proxy; NULL is. WHY_USAGE otherwise; the message
 * does not show it, since it may hold a password. */
enum rc http_check_proxy(const char *url, struct err *e);

/* The library and its version. */
const char *http_version(void);

#endif
