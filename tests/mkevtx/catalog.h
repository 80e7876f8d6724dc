/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that mkevtx knows by name: fields, types and plausible values.
 *
 * An event is asked for as "4624", "4624v1", "Sysmon:1", "AppLocker:8004".
 * Without a version the newest known one is meant, without an alias the first
 * entry of that id.
 *
 * The tables (catalog_*.c) say the fields one to a line, `Name:type=choices`:
 * the type as in value.h, the choices with | between, each either the text of
 * a value or @ and the name of a generator (fill.h). "@len" is the length of
 * the next value, in characters of a text and in bytes of a binary.
 */
#ifndef MKEVTX_CATALOG_H
#define MKEVTX_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "fill.h"
#include "node.h"
#include "rng.h"
#include "value.h"

struct catalog_provider {
	const char *alias;
	const char *name;
	const char *guid;
	const char *source;
	const char *channel;
	enum event_style style;
};

struct catalog_cut {
	uint8_t version;
	uint8_t fields; /* that many of the first */
};

struct catalog_entry {
	const struct catalog_provider *provider;
	uint16_t id;
	uint16_t task;
	uint8_t level;
	uint8_t opcode;
	uint16_t qualifiers; /* 0: none */
	uint64_t keywords;
	const char *user;          /* @generator or SID for Security/UserID */
	const char *wrapper;       /* UserData: name of the element */
	const char *xmlns;         /* and its namespace */
	struct catalog_cut cut[3]; /* oldest first, ends with fields 0 */
	const char *fields;
};

/* The tables end with an entry without provider. */
extern const struct catalog_entry catalog_security[];
extern const struct catalog_entry catalog_other[];

struct catalog_choice {
	int generator; /* FILL_NONE: the bytes */
	uint8_t *bytes;
	size_t n;
};

struct catalog_field {
	const char *name;
	size_t name_bytes;
	struct value_type type;
	struct catalog_choice *choices;
	size_t n;
};

struct catalog_event {
	const struct catalog_entry *entry;
	uint8_t version;
	struct catalog_field *fields;
	size_t n;
	struct vals_shape shape;
	struct event_text provider;
	struct event_text source;
	struct event_text channel;
	uint8_t guid[16];
	struct catalog_choice user;
	struct catalog_event *next;
};

struct catalog {
	struct catalog_event *events; /* in the order of the tables */
	struct node_arena arena;
	bool nul;
};

/* With `nul` every text value ends with a NUL, as in logs that were copied and
 * not exported. */
void catalog_init(struct catalog *c, bool nul);
void catalog_reset(struct catalog *c);

/* NULL if there is none. */
const struct catalog_event *catalog_find(
    const struct catalog *c, const char *name, size_t n);

/* Sets what System says of such an event, and the shape of its body. */
void catalog_system(const struct catalog_event *ce, struct event *e);

/* Appends a value for field `i`. */
void catalog_value(const struct catalog_event *ce, size_t i, struct fill *fill,
    struct rng *rng, struct vals *out);

/* Settles the "@len" values once all are there; keywords by Status. */
void catalog_settle(
    const struct catalog_event *ce, struct event *e, struct vals *out);

/* Security/UserID from the table. */
void catalog_user(
    const struct catalog_event *ce, struct fill *fill, struct event *e);

/* One choice, also used for values of a description. */
void catalog_choice(struct catalog_choice *out, struct value_type type,
    const char *text, size_t n);

#endif
