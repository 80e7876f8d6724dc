/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of a flow: one way to get a token.
 *
 * Each flow is a file flow_*.c with one const struct flow_kind; auth.c has the
 * table of all flows. A flow writes requests and reads their answers; it sends
 * nothing itself, and reads files through auth/secret_file.h and
 * auth/certificate.h only.
 *
 * A flow that needs several requests counts them in `step`: write_request()
 * writes the request of the current step; read_answer() returns the token or
 * sets the next step.
 */
#ifndef AUTH_FLOW_H
#define AUTH_FLOW_H

#include "auth/cloud.h"
#include "auth/setting.h"
#include "auth/step.h"
#include "util/buf.h"

#define FLOW_HEADERS 6
#define FLOW_TEXT_MAX 65536
#define FLOW_CA_MAX (1U << 20)
#define FLOW_PATH 4096

struct certificate;
struct oidc;

struct flow {
	/* auth.c sets the members from `kind` to `resource`. */
	const struct flow_kind *kind;
	const struct auth_options *options;
	const struct cloud *cloud;
	char url[FLOW_PATH];      /* URL at which the authority issues tokens */
	char resource[FLOW_PATH]; /* audience of the token, without /.default */
	unsigned step;            /* number of the next request, from 0 */
	/* Number of consecutive failed requests, if the flow counts them. */
	unsigned failures;
	/* The flow "managed" has an answer to its probe, or the flow "token"
	 * has returned its token. */
	bool probed;
	/* Minimum wait before the next request, set by read_answer(). */
	int64_t wait_ms;
	/* The request, valid until the next call of write_request(). */
	struct buf address; /* URL of the request, ended by a NUL */
	struct buf body;
	struct buf header; /* request header with a secret, ended by a NUL */
	struct buf held;   /* secret for the next step, ended by a NUL */
	const char *headers[FLOW_HEADERS];
	const char *argv[16];
	struct buf ca; /* trusted certificates (PEM) for `route` */
	struct http_route route;
	/* Host and port for `route`; in the flow "cli": path of az. */
	char route_text[FLOW_PATH];
	/* The client certificate, closed by auth.c; NULL: none. */
	struct certificate *certificate;
};

/* The result of read_answer(). */
struct flow_grant {
	const char *token;  /* the access token; NULL: another step is needed */
	int64_t life;       /* seconds from now until the token expires */
	struct cJSON *json; /* JSON that `token` points into; freed by auth.c */
};

struct flow_kind {
	const char *name; /* value of --auth */
	/* The flow has only one token, which cannot be renewed. */
	bool never_renewed;
	/* Renew a token after half of its life instead of shortly before it
	 * expires. */
	bool renew_at_half;
	/* Settings that the flow needs, ended by AUTH_SETTINGS. */
	const enum auth_setting *needs;
	/* Settings of the flow for oidc.h; NULL if it needs no OIDC token. */
	const struct oidc *oidc;
	/* True if the settings are enough to choose this flow without --auth.
	 * NULL: they never are. */
	bool (*is_configured)(const struct auth_options *options);
	/* Check the settings and load keys. NULL: the flow needs neither. */
	enum rc (*open)(struct flow *f, struct err *e);
	enum rc (*write_request)(
	    struct flow *f, struct auth_step *out, struct err *e);
	enum rc (*read_answer)(struct flow *f, const struct http_answer *answer,
	    struct flow_grant *out, struct err *e);
};

/* Initialize and free the buffers of a flow; the caller sets the options.
 * flow_reset() wipes secrets. */
void flow_init(struct flow *f);
void flow_reset(struct flow *f);

/* Wipe the last request, and start again with the first step. */
void flow_restart(struct flow *f);

/* Keep a secret in f->held for the next step and for flow_leaks(). */
enum rc flow_hold(struct flow *f, struct span secret, struct err *e);

/* True if a text contains a secret of the settings, or f->held. */
bool flow_leaks(const struct flow *f, const char *text);

/* Set f->header to name and value. */
void flow_set_header(struct flow *f, const char *name, const char *value);

/* Write a GET request for f->address, with f->header if it is not empty. */
enum rc flow_put_get(struct flow *f, struct auth_step *out, struct err *e);

/* True if a text is valid as the value of a header. */
bool flow_is_header(const char *text);

/* Copy the first line of a message from outside, to show it to the user:
 * printable ASCII only. A message with a secret is replaced by AUTH_WITHHELD.
 */
void flow_quote(
    const struct flow *f, const char *message, char *out, size_t size);

static inline const char *
flow_value(const struct flow *f, enum auth_setting setting)
{
	return f->options->value[setting];
}

#endif
