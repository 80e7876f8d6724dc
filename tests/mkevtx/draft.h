/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event in the making: the lines that a description says about it, put
 * together with what the catalog knows. The lines are explained in help.c,
 * which is also what --help prints.
 *
 * `draft_make` may be called several times for the same lines; what it returns
 * lives until the next call.
 */
#ifndef MKEVTX_DRAFT_H
#define MKEVTX_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog.h"
#include "event.h"
#include "fill.h"
#include "node.h"
#include "rng.h"
#include "vals.h"

enum draft_kind { DRAFT_KEYWORD, DRAFT_FIELD, DRAFT_TAG };

struct draft_line {
	enum draft_kind kind;
	char *text; /* the whole line, ours */
	const char *name;
	size_t name_n;
	const char *type;
	size_t type_n;
	const char *value;
	size_t value_n;
	bool pick; /* ?= */
	bool used; /* took the place of a field of the catalog */
};

struct draft {
	const struct catalog *catalog;
	struct fill *fill;
	struct rng *rng;
	bool nul; /* text values end with a NUL unless they say a type */

	struct draft_line *lines;
	size_t n;
	size_t cap;

	struct node_arena arena;
	struct vals vals;
	struct event event;
	unsigned drop_catalog;
	bool keep; /* shapes may be needed after the event */
};

/* What the surroundings say about the next event. */
struct draft_base {
	const struct catalog_event *known; /* NULL: none */
	struct event_text computer;
	struct event_text channel; /* empty: that of the catalog */
	uint64_t time;
	uint64_t record;
};

/* Adds a line; it must not be empty or a comment. */
void draft_add(struct draft *d, const char *s, size_t n);
void draft_clear(struct draft *d);
void draft_reset(struct draft *d);

const struct event *draft_make(struct draft *d, const struct draft_base *base);

#endif
