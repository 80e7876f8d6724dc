/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of a flow: one way to get a token.
 *
 * A flow is one file with one const struct flow_kind; auth.c has the table of
 * all flows. A flow writes requests and reads their answers; it sends nothing
 * itself, and reads files through auth/secret_file.h only.
 *
 * A flow that needs several requests counts them in `step`: write_request()
 * writes the request of the current step; read_answer() sets the grant, or the
 * next step.
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
	const struct flow_kind *kind; /* set by auth.c, as the options */
	const struct auth_options *options;
	const struct cloud *cloud;
	char url[FLOW_PATH];      /* of the authority's tokens */
	char resource[FLOW_PATH]; /* the audience, without /.default */
	unsigned step;            /* from 0 */
	unsigned failures;        /* in a row, where a flow counts them */
	bool probed;     /* managed: the probe was answered; token: given */
	int64_t wait_ms; /* set by read_answer(): the least time to wait */
	/* Valid until the next write_request(): */
	struct buf address; /* the URL, ended by a NUL */
	struct buf body;
	struct buf header; /* a header with a secret, ended by a NUL */
	struct buf held;   /* a secret for the next step, ended by a NUL */
	const char *headers[FLOW_HEADERS];
	const char *argv[16];
	struct buf ca; /* certificates (PEM) of the route */
	struct http_route route;
	char route_text[FLOW_PATH]; /* its host:port; cli: the path of az */
	struct certificate *certificate; /* NULL: none; owned by auth.c */
};

/* The result of read_answer(). */
struct flow_grant {
	const char *token;  /* NULL: another step is needed */
	int64_t life;       /* seconds from now */
	struct cJSON *json; /* holds the token; freed by auth.c */
};

struct flow_kind {
	const char *name;   /* of --auth */
	bool never_renewed; /* there is only one token */
	bool renew_at_half; /* of its life, instead of shortly before its end */
	const enum auth_setting *needs; /* ended by AUTH_SETTINGS */
	const struct oidc *oidc;        /* of the flows that use oidc.h */
	/* True if the values choose this flow without --auth. NULL: never. */
	bool (*is_configured)(const struct auth_options *options);
	/* Check the values, load keys. NULL: nothing to do. */
	enum rc (*open)(struct flow *f, struct err *e);
	enum rc (*write_request)(
	    struct flow *f, struct auth_step *out, struct err *e);
	enum rc (*read_answer)(struct flow *f, const struct http_answer *answer,
	    struct flow_grant *out, struct err *e);
};

/* Init and reset the common parts; the caller sets the options. Reset wipes
 * secrets. */
void flow_init(struct flow *f);
void flow_reset(struct flow *f);

/* Forget the last request, and start again with the first step. */
void flow_restart(struct flow *f);

/* Hold a secret for the next step and for flow_leaks(). */
enum rc flow_hold(struct flow *f, struct span secret, struct err *e);

/* True if a text contains a secret of the settings, or the one held. */
bool flow_leaks(const struct flow *f, const char *text);

/* Set the secret header to name and value. */
void flow_set_header(struct flow *f, const char *name, const char *value);

/* Write a GET of the address, with the secret header if there is one. */
enum rc flow_put_get(struct flow *f, struct auth_step *out, struct err *e);

/* True if a text is valid as the value of a header. */
bool flow_is_header(const char *text);

/* The first line of a message from outside, for the user: printable ASCII only,
 * and without secrets. */
void flow_quote(
    const struct flow *f, const char *message, char *out, size_t size);

static inline const char *
flow_value(const struct flow *f, enum auth_setting setting)
{
	return f->options->value[setting];
}

#endif
