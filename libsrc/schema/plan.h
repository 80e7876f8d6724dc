/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: the operations by which a schema writes every record of one event
 * tree. It is compiled once and then run for each record (schema/plan_run.h).
 *
 * Each operation appends its literal bytes and then, depending on its kind, a
 * value of the record, formatted by a function that the schema chose, or the
 * record's time or key. Leaves that are literals are formatted while the plan
 * is compiled and become part of the literal bytes, so the plan of a tree
 * without substitutions is one literal.
 *
 * The functions that build a plan append to it. They never fail: a plan that
 * has exceeded a maximum or lacked memory is marked as failed and writes
 * nothing when it is run.
 */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include <stdbool.h>

#include "event/tree.h"
#include "util/buf.h"

#define PLAN_KEY_HEX 32 /* number of hex digits of a RecordKey */
#define PLAN_LITERAL_MAX ((size_t)64 << 20)
#define PLAN_OPS_MAX 65536U

/* Literals are copied in steps of these numbers of bytes: first a short step,
 * then long ones. */
#define PLAN_STEP 32U
#define PLAN_LONG_STEP 64U
/* Maximum bytes that an operation writes, without texts. */
#define PLAN_SCALAR_MAX 64U
/* Maximum number of leaves of PLAN_JOIN and PLAN_OBJECT. */
#define PLAN_LEAVES_MAX 5
/* Maximum number of texts that are copied within a line. */
#define PLAN_SHARED_MAX 16U

struct plan_object;
struct plan_repeat;
struct text_variant;

enum plan_op_kind {
	/* A value of the type and size in the tree, written without quotes and
	 * without a function call. */
	PLAN_U8,
	PLAN_U16,
	PLAN_U32,
	PLAN_UNSIGNED, /* an unsigned number of any size */
	PLAN_SIGNED,
	PLAN_HEX,
	PLAN_GUID,
	PLAN_GUID_LOWER,
	PLAN_FILETIME,
	PLAN_NAME,                    /* the name of a number */
	PLAN_SCALAR_LAST = PLAN_NAME, /* up to here: PLAN_SCALAR_MAX bytes */

	PLAN_LITERAL, /* only literal bytes; no value */

	/* The same for values of any length. */
	PLAN_WSTRING,
	PLAN_SID,

	PLAN_VALUE,   /* a value, written by a function */
	PLAN_MAPPED,  /* a value, written by a function with an argument */
	PLAN_JOIN,    /* several values, written by one function */
	PLAN_CHECKED, /* UTF-16 text, rewritten if necessary */

	PLAN_SHARED, /* a WSTRING, HEX or SID that PLAN_OBJECT copies */
	PLAN_OBJECT, /* an object whose members depend on the values */

	PLAN_ITEMS,          /* the items of an array */
	PLAN_NUMBERED_ITEMS, /* items of an array, each with a number */
	PLAN_ITEM_NUMBER,    /* number of a field after such an array */

	/* What is written after PLAN_OPTIONAL is removed again unless it is
	 * longer than a minimum, or unless a value passes a test. */
	PLAN_OPTIONAL,
	PLAN_KEEP_IF_LONGER,
	PLAN_KEEP_IF_VALUE,

	PLAN_COMMA, /* a comma, unless an object has just begun */

	/* Values from struct plan_facts: */
	PLAN_KEY,
	PLAN_PROVENANCE,
	/* Time of the event, or room for it if it is not yet known. */
	PLAN_TIME,

	/* Allowed only after PLAN_TIME. Columns: TimeCreated_CF if the record
	 * has a time of its own, TimeSource_CF if not. Documents have
	 * time_created instead. The attribute is time="..." of an XML element
	 * in a JSON string, if the time is known. */
	PLAN_TIME_COLUMNS,
	PLAN_TIME_CREATED,
	PLAN_TIME_SOURCE,
	PLAN_TIME_ATTRIBUTE,
};

/* Appends a value of any type. */
typedef void plan_put_fn(struct buf *out, const struct value *v);

/* Appends a value; `argument` is chosen by the schema. */
typedef void plan_map_fn(
    struct buf *out, const struct value *v, const void *argument);

/* Appends a text made from several values; the value of a missing leaf is NULL.
 */
typedef void plan_join_fn(
    struct buf *out, const struct value *const v[PLAN_LEAVES_MAX]);

typedef bool plan_test_fn(const struct value *v);

/* Appends all items of an array. An array without items counts as one empty
 * item. `number` is chosen by the schema. */
typedef void plan_items_fn(
    struct buf *out, const struct value *array, unsigned number);

/* How PLAN_CHECKED writes text that seldom needs rewriting. */
struct plan_check {
	/* The part of the UTF-16 text that is written; NULL: all of it. */
	struct span (*part)(struct span text);

	/* True if the JSON, which was made from `units` UTF-16 units, may stay.
	 * TEXT_SCAN_MORE bytes after it may be read. */
	bool (*clean)(struct span json, size_t units);

	/* Rewrites the JSON from `start` to the end of the buffer. */
	void (*mend)(struct buf *out, size_t start);

	/* Function that writes values that are not UTF-16 text. */
	plan_put_fn *put;
};

/* A short text, copied by one move of a fixed size. */
struct plan_short {
	uint8_t n;
	char text[PLAN_STEP - 1];
};

#define PLAN_SHORT(text) \
	{ \
		sizeof(text) - 1, text \
	}

/* The names of the numbers 0 to n - 1, for the bits `mask` of a value shifted
 * right by `shift`. */
struct plan_names {
	const struct plan_short *names;
	size_t n;
	unsigned shift;
	uint64_t mask;
	bool or_number; /* write other numbers in decimal; false: nothing */
	/* Write the first name if the value is not a number; false: nothing. */
	bool or_first;
};

/* An operation has few bytes, because the plans of many trees compete for the
 * processor's fastest cache. */
struct plan_op {
	uint8_t kind; /* enum plan_op_kind */

	/* The number of a text that is copied within the line, from 1: the one
	 * that PLAN_SHARED writes, or that operations of PLAN_CHECKED have in
	 * common; 0: none. */
	uint8_t shared;
	uint16_t index; /* index of the substitution in the record's values */
	/* Offset in plan.lits of the end of the operation's literal bytes;
	 * those of the next operation follow. */
	uint32_t lit_end;
	union {
		plan_put_fn *put; /* function of PLAN_VALUE and PLAN_SID */
		/* Rewriting rules of PLAN_CHECKED. */
		const struct plan_check *check;
		const struct plan_names *names; /* names of PLAN_NAME */
		size_t least;       /* length limit of PLAN_KEEP_IF_LONGER */
		plan_test_fn *test; /* condition of PLAN_KEEP_IF_VALUE */
		struct {
			plan_map_fn *put;
			const void *argument;
		} mapped;
		struct {
			plan_items_fn *put;
			unsigned number;
		} items; /* PLAN_ITEMS, PLAN_NUMBERED_ITEMS, PLAN_ITEM_NUMBER */
		struct {
			plan_join_fn *put;
			size_t leaves; /* index of its values in plan.leaves */
		} join;
		struct {
			const struct plan_object *what;
			size_t leaves; /* as in `join` */
		} object;
	};
};

/* The values of PLAN_JOIN or PLAN_OBJECT. */
struct plan_leaves {
	/* NULL: the event lacks the value. */
	const struct node *leaf[PLAN_LEAVES_MAX];
	/* For each leaf, its number as in plan_op.shared; PLAN_OBJECT only. */
	uint8_t shared[PLAN_LEAVES_MAX];
};

struct plan {
	struct buf lits; /* literal bytes of all operations */
	struct plan_op *ops;
	size_t n;
	size_t cap;
	struct plan_leaves *leaves;
	size_t n_leaves;
	size_t cap_leaves;
	uint8_t shared; /* number of texts that are copied */
	/* Texts of the line that is being written, which are copied. */
	struct {
		size_t at; /* offset of the text in the buffer */
		size_t n;  /* length of the text; 0: not written yet */
	} shared_text[PLAN_SHARED_MAX + 1];
	size_t objects; /* maximum bytes of all PLAN_OBJECT of a line */
	size_t fixed;   /* maximum bytes of a line, without texts */
	/* Text functions that are fastest on this processor. */
	const struct text_variant *text;
	/* The last line, after plan_remember(); else NULL. */
	struct plan_repeat *repeat;
	bool failed; /* a maximum was exceeded, or memory was lacking */
};

void plan_init(struct plan *p);
void plan_free(struct plan *p);

/* Make the plan empty for the next compilation; keeps its memory. */
void plan_clear(struct plan *p);

/* --- literals ------------------------------------------------------------ */

void plan_literal(struct plan *p, const char *s);

/* Append "name": with the name escaped. */
void plan_member_name(struct plan *p, struct span name);

/* Append ,"name": with the name as it is. */
void plan_next_member(struct plan *p, const char *name);

/* --- values -------------------------------------------------------------- */

/* Append a leaf's value as `put` formats it. */
void plan_value(struct plan *p, const struct node *leaf, plan_put_fn *put);

/* Append a leaf's value; `put` is called with the argument, which must live as
 * long as the plan. */
void plan_mapped(struct plan *p, const struct node *leaf, plan_map_fn *put,
    const void *argument);

/* Append a leaf's value; the value of a substitution is written by the
 * operation `kind` without a function call. Its type and size must be right for
 * that operation. */
void plan_scalar(struct plan *p, const struct node *leaf, plan_put_fn *put,
    enum plan_op_kind kind);

/* Returns the operation that writes a value's text as value_json() does,
 * without a function call; PLAN_VALUE if there is none. */
enum plan_op_kind plan_kind(const struct value *v);

/* Append a leaf's value as value_json() formats it. plan_string() adds quotes,
 * except to numbers if `bare` is true. */
void plan_text(struct plan *p, const struct node *leaf, const struct tree *t);
void plan_string(
    struct plan *p, const struct node *leaf, const struct tree *t, bool bare);

/* Append the name of a number. */
void plan_number_name(struct plan *p, const struct node *leaf,
    const struct tree *t, const struct plan_names *names);

/* Append a text, which is written without a function call if it may stay as it
 * is. */
void plan_checked(struct plan *p, const struct node *leaf, const struct tree *t,
    const struct plan_check *check);

/* Append the text that `put` makes from several leaves; NULL: a leaf that the
 * tree lacks. The tree must live as long as the plan. */
void plan_join(struct plan *p, const struct node *const leaf[PLAN_LEAVES_MAX],
    plan_join_fn *put);

/* Append an object made from several leaves; see schema/plan_object.h. The tree
 * and the description must live as long as the plan. */
void plan_object(struct plan *p, const struct plan_object *what,
    const struct node *const leaf[PLAN_LEAVES_MAX]);

/* --- arrays -------------------------------------------------------------- */

/* Append the items of the array in a substitution. */
void plan_items(struct plan *p, const struct node *substitution,
    plan_items_fn *put, unsigned number);

/* Append fields that are numbered by position, where every item of an array has
 * its own number. `number` is the field's position if each array before it had
 * one item. plan_numbered_items() passes the real position of the first item to
 * `put`; plan_item_number() writes the real position in decimal. */
void plan_numbered_items(struct plan *p, const struct node *substitution,
    plan_items_fn *put, unsigned number);
void plan_item_number(struct plan *p, unsigned number);

/* --- optional parts ------------------------------------------------------ */

/* What is written between plan_optional() and one of the other two is removed
 * again unless it is longer than `least` bytes, or unless the value of the
 * substitution passes the test. Optional parts do not nest. A part with a text
 * of plan_checked() may be removed only if that text is empty, since later
 * operations copy it. */
void plan_optional(struct plan *p);
void plan_keep_if_longer(struct plan *p, size_t least);
void plan_keep_if_value(
    struct plan *p, const struct node *substitution, plan_test_fn *test);

/* ------------------------------------------------------------------------- */

/* Append an operation of a kind that needs no arguments. */
void plan_op(struct plan *p, enum plan_op_kind kind);

/* Complete the plan; called once, after everything has been appended. */
void plan_finish(struct plan *p);

/* Give back unused memory, for a plan that is kept. */
void plan_trim(struct plan *p);

/* Let a complete plan remember its last line (schema/plan_repeat.h). The values
 * are those of a record with the plan's tree. */
void plan_remember(struct plan *p, const struct value *values);

/* Returns the number of bytes that the plan has allocated. */
size_t plan_bytes(const struct plan *p);

#endif
