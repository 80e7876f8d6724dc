/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways to get a token. A flow is one file and one line in the table of
 * auth.c: a constant struct of functions that write a request and read its
 * answer. A flow sends nothing itself; its file access is through
 * auth/secret_file.h.
 *
 * A flow that needs several requests counts them in step: ask() writes the
 * request of the step, and read() either fills the grant or goes on to another
 * step. Texts in the buffers below live until the next ask().
 */
#ifndef AUTH_FLOW_H
#define AUTH_FLOW_H

#include "auth/auth.h"
#include "auth/cloud.h"
#include "util/buf.h"

#define FLOW_HEADERS 6
#define FLOW_TEXT_MAX 65536
#define FLOW_CA_MAX (1U << 20)
#define FLOW_PATH 4096

struct certificate;

struct flow {
	const struct auth_options *options; /* owned by auth.c */
	const struct cloud *cloud;
	char url[FLOW_PATH];      /* of the token, at the authority */
	char resource[FLOW_PATH]; /* the audience, without /.default */
	unsigned step;            /* 0: the first */
	unsigned failures;        /* in a row, where a flow counts them */
	bool found;               /* managed: something answered the probe */
	int64_t wait_ms;          /* read(): wait so long at least */
	struct buf address;       /* of this request; ended by a NUL */
	struct buf body;          /* of this request */
	struct buf header;        /* a secret header; ended by a NUL */
	struct buf held; /* a secret kept for the next step; the same */
	const char *headers[FLOW_HEADERS];
	const char *argv[16];
	struct buf ca; /* certificates of the route, PEM */
	struct http_route route;
	char route_text[FLOW_PATH];
	struct certificate *certificate;
};

/* What read() got. */
struct flow_grant {
	const char *token;  /* NULL: go on with the next step */
	int64_t life;       /* seconds from now */
	struct cJSON *json; /* owns the token; freed by auth.c */
};

struct flow_kind {
	const char *name; /* of --auth */
	bool fixed;       /* its token is never renewed */
	bool half;        /* renewed at half of its life, else near the end */
	const enum auth_setting *needs; /* ended by AUTH_SETTINGS */
	/* Whether the values alone choose this flow. NULL: never. */
	bool (*chosen)(const struct auth_options *options);
	/* Check values and load keys. NULL: nothing to do. */
	enum rc (*open)(struct flow *f, struct err *e);
	enum rc (*ask)(struct flow *f, struct auth_step *out, struct err *e);
	enum rc (*read)(struct flow *f, const struct http_answer *answer,
	    struct flow_grant *out, struct err *e);
	void (*close)(struct flow *f); /* NULL: nothing to do */
};

extern const struct flow_kind secret_flow;
extern const struct flow_kind certificate_flow;
extern const struct flow_kind managed_flow;
extern const struct flow_kind workload_flow;
extern const struct flow_kind github_flow;
extern const struct flow_kind pipelines_flow;
extern const struct flow_kind cli_flow;
extern const struct flow_kind token_flow;

/* The parts of a flow that all have; the options are set by the caller. Reset
 * wipes them. */
void flow_init(struct flow *f);
void flow_reset(struct flow *f);

/* Forget the last request, and begin with the first step. */
void flow_restart(struct flow *f);

/* Whether a text repeats a secret of the values, or the one held. */
bool flow_leaks(const struct flow *f, const char *text);

/* Keep a secret for the next step, or for flow_leaks(). */
enum rc flow_hold(struct flow *f, struct span secret, struct err *e);

/* Make a GET of the address, with the header if it is not empty. */
enum rc flow_get(struct flow *f, struct auth_step *out, struct err *e);

/* Whether a text may become a header's value as it is. */
bool flow_is_header(const char *text);

/* The first line of what somebody said, without what could hurt a terminal or
 * show a secret. */
void flow_clean(const struct flow *f, const char *said, char *out, size_t size);

static inline const char *
flow_value(const struct flow *f, enum auth_setting key)
{
	return f->options->value[key];
}

#endif
