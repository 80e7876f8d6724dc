/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of http/http.h as a table, so that unit tests of the loader can
 * replace them by scripted answers. Each does what http.h says.
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

/* The functions of http.c, which use libcurl. */
extern const struct transport transport_http;

#endif
