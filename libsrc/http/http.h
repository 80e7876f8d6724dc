/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several HTTP requests in flight at a time, driven from one thread.
 *
 * Guarantees: TLS 1.2 or newer with a verified certificate, also for an https
 * proxy; no redirects; no request is repeated automatically; answers of bounded
 * size; a deadline for each request. Plain http is sent to loopback addresses
 * only, and to services of this machine that a request marks as local. This
 * module never waits between attempts and never interprets an answer.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>

#include "http/answer.h"
#include "util/buf.h"
#include "util/err.h"

/* Default maximum length of an answer's body in bytes. */
#define HTTP_BODY_MAX (64U << 10)
/* Maximum length of an answer's headers in bytes; an answer with more is
 * HTTP_LOST. */
#define HTTP_HEADERS_MAX (64U << 10)

struct http;

struct http_options {
	/* Certificates (PEM) that are trusted for servers and for an https
	 * proxy; NULL: the certificates of the system. */
	const char *ca_file;
	/* URL of the proxy; NULL: it is taken from the environment. */
	const char *proxy;
	unsigned window;     /* maximum number of requests in flight */
	unsigned timeout_ms; /* timeout of a whole request in milliseconds */
	/* Maximum length of an answer's body in bytes; the rest is not read. 0:
	 * HTTP_BODY_MAX. */
	size_t body_max;
	/* Maximum rate at which a body is sent; the time that this takes is
	 * added to the timeout. 0: unlimited. */
	uint64_t bytes_a_second;
};

/* Another address for the host of a URL: TCP connects to `connect`, while TLS
 * still verifies the host's name. No proxy is used. */
struct http_route {
	const char *connect; /* host and port to connect to, as host:port */
	/* Trusted certificates (PEM); empty: those of http_options are trusted.
	 */
	const struct buf *ca;
};

/* A POST, or a GET without a body. Everything but the body is copied; the body
 * must stay valid until the answer is there. */
struct http_request {
	const char *url;
	/* Lines of the form "Name: value"; NULL ends the list. */
	const char *const *headers;
	struct span body;
	void *tag; /* returned as http_answer.tag; not NULL */
	bool get;
	/* The URL passed url_check_local(): plain http is allowed, and no
	 * proxy is used for it. */
	bool local;
	/* Timeout of the request; 0: that of http_options. */
	unsigned timeout_ms;
	/* Other address to connect to, or NULL. */
	const struct http_route *route;
};

/* WHY_USAGE if the URL of the proxy is not valid. http_destroy() takes NULL. */
enum rc http_create(
    const struct http_options *options, struct http **hp, struct err *e);
void http_destroy(struct http *h);

/* Start a request. Fails if `window` requests are in flight. */
enum rc http_start(
    struct http *h, const struct http_request *request, struct err *e);
unsigned http_in_flight(const struct http *h);

/* Send and receive; returns when a request is finished, or after `ms`
 * milliseconds. */
enum rc http_wait(struct http *h, int64_t ms, struct err *e);

/* End the current or the next http_wait(). May be called by any thread. */
void http_wake(struct http *h);

/* Get the answer to a finished request; false if there is none. Its strings are
 * valid until the next call of this module. */
bool http_next_answer(struct http *h, struct http_answer *out);

/* Abort all requests in flight; http_next_answer() reports their fates. */
void http_cancel_all(struct http *h);

/* WHY_USAGE unless `url` is a valid URL of a proxy, or NULL. The message does
 * not contain the URL, because it may hold a password. */
enum rc http_check_proxy(const char *url, struct err *e);

/* The names and versions of libcurl and the libraries that it uses. */
const char *http_version(void);

#endif
