/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What carries requests: the functions of http/http.h as a table, so that the
 * unit tests of the loader can put a script of answers in their place. Each
 * function promises what http.h says.
 */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include "http/http.h"

struct transport {
	enum rc (*create)(const struct http_options *options, struct http **hp,
	    struct err *e);
	void (*destroy)(struct http *h);
	enum rc (*start)(
	    struct http *h, const struct http_request *request, struct err *e);
	unsigned (*in_flight)(const struct http *h);
	enum rc (*wait)(struct http *h, int64_t ms, struct err *e);
	void (*wake)(struct http *h);
	bool (*next_answer)(struct http *h, struct http_answer *out);
	void (*cancel_all)(struct http *h);
};

/* libcurl's. */
extern const struct transport transport_http;

#endif
