/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects whose members depend on the values of each record: a member is left
 * out if its value is empty or "-", or fails a condition, and the object is
 * left out if no member remains.
 */
#ifndef SCHEMA_PLAN_OBJECT_H
#define SCHEMA_PLAN_OBJECT_H

#include "schema/plan_writer.h"

enum plan_member_kind {
	PLAN_MEMBER_TEXT,
	PLAN_MEMBER_NUMBER,
	PLAN_MEMBER_NAMED, /* the name of a number */
	/* Beginning of an inner object: `name` is its whole text. */
	PLAN_MEMBER_OPEN,
	/* End of the inner object; `name` is that of its OPEN. */
	PLAN_MEMBER_CLOSE,
};

struct plan_member {
	uint8_t kind;  /* kind of the member, an enum plan_member_kind */
	uint8_t leaf;  /* index of the leaf passed to plan_object() */
	bool required; /* no member follows if this one is left out */
	bool differs; /* left out if equal to the text of the previous member */
	struct plan_short name; /* text before the value, such as "id":" */
	union {
		/* TEXT: condition for writing the value; NULL: always write it.
		 */
		bool (*ok)(struct span json);
		uint64_t max; /* NUMBER: maximum; larger ones are left out */
		/* NAMED: returns the name of a number; if it is NULL, the
		 * member is left out. */
		const char *(*word)(uint64_t n);
	};

	/* TEXT only. The part of UTF-16 text that is written, or NULL, and the
	 * function for values of other types, or NULL. */
	struct span (*part)(struct span text);
	plan_put_fn *put;

	/* Changes the JSON in place, or NULL. Returns its new length, at most
	 * PLAN_STEP more than before. */
	size_t (*edit)(uint8_t *json, size_t n);
};

struct plan_object {
	/* Text before the first member, such as ,"user":{. */
	struct plan_short begin;
	struct plan_short end;
	const struct plan_member *members;
	size_t n;
};

/* Run a PLAN_OBJECT; false if the buffer is full. */
bool plan_object_run(struct plan_writer *w, const struct plan_op *op,
    const struct value *values);

#endif
