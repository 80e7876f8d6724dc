/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: what a schema writes for every record of one tree, decided once.
 *
 * A plan is a list of operations: literal bytes, then perhaps the value of a
 * substitution, written by a function that the schema chose. Leaves that are
 * literals are folded into the literal bytes while the plan is made, so that a
 * tree without substitutions becomes one literal. Running a plan appends one
 * whole line.
 */
#ifndef SCHEMA_PLAN_H
#define SCHEMA_PLAN_H

#include <stdbool.h>

#include "event/tree.h"
#include "util/buf.h"

#define PLAN_KEY_HEX 32 /* digits of a RecordKey */
#define PLAN_LITERAL_MAX ((size_t)64 << 20)
#define PLAN_OPS_MAX 65536U

struct provenance;
struct text_variant;

/* What a line needs beside the values. */
struct plan_facts {
	bool has_time;
	bool from_header; /* the time is that of the record's header */
	uint64_t time;    /* FILETIME, with one of these */
	char key[PLAN_KEY_HEX + 1];          /* empty: none */
	const struct provenance *provenance; /* for PLAN_PROVENANCE */
	size_t time_patch; /* out: where a time is to be filled in */
	size_t key_at;     /* out: where the key was written */
};

#define PLAN_NO_PATCH SIZE_MAX /* of both: nowhere */

enum plan_op_kind {
	PLAN_LITERAL,
	PLAN_VALUE,
	PLAN_KEY,  /* facts->key */
	PLAN_TIME, /* facts->time, or room for it and facts->time_patch */
	/* Behind PLAN_TIME: */
	PLAN_TIME_TAIL, /* the columns that say where the time is from */

	/* The same for documents: ,"time_created" if it has one of its own,
	 * ,"TimeSource_CF" if not. */
	PLAN_TIME_CREATED,
	PLAN_TIME_SOURCE,

	/* The attribute time of an XML element in a text, if it is known. */
	PLAN_TIME_ITEM,

	PLAN_PROVENANCE, /* the columns that say where the record is from */
	PLAN_JOIN,       /* made of several values */
	PLAN_CHECKED,    /* as PLAN_WSTRING, mended if it is not clean */

	/* What is written in between is taken back if the values in it are
	 * empty. */
	PLAN_BEGIN,
	PLAN_UNLESS,
	PLAN_KEEP_IF, /* or unless a value passes a test */

	PLAN_COMMA, /* a comma, unless an object has just begun */

	/* The text of a value of a type that the tree tells, without quotes:
	 * written without a call. */
	PLAN_WSTRING,
	PLAN_UNSIGNED,
	PLAN_SIGNED,
	PLAN_HEX,
	PLAN_GUID,
	PLAN_GUID_LOWER,
	PLAN_FILETIME,
	PLAN_SID,

	PLAN_NAME, /* the name of a number of one byte */

	PLAN_OBJECT, /* members, as far as there are values for them */
	/* As PLAN_WSTRING, PLAN_HEX or PLAN_SID; others copy what it writes. */
	PLAN_FIRST,
	PLAN_AGAIN, /* what is copied */
	PLAN_USUAL, /* of eight bytes, which most often are the same */

	PLAN_MAPPED, /* what a table makes of a value */

	PLAN_ITEMS,  /* the items of an array */
	PLAN_PLACES, /* the same, with a number for each: see plan_places() */
	PLAN_PLACE,  /* such a number */
};

#define PLAN_STEP 32U       /* literals are copied in steps of so many bytes */
#define PLAN_SCALAR_MAX 64U /* what an operation writes, texts apart */

/* Writes a value of any type. */
typedef void plan_put_fn(struct buf *out, const struct value *v);

/* How text is written that most often can stay as it is, escaped for JSON. */
struct plan_check {
	/* The part of the UTF-16 text that is wanted; NULL for all. */
	struct span (*part)(struct span text);

	/* Whether it can stay; it was made of so many units. TEXT_SCAN_MORE
	 * bytes behind it may be read. */
	bool (*clean)(struct span s, size_t units);

	/* Makes of what was written, from `start` to the end, what it must be
	 * if it cannot stay. */
	void (*mend)(struct buf *out, size_t start);

	/* Writes what is no UTF-16. */
	plan_put_fn *put;
};

/* Names of numbers from 0 on; a number without one is written as it is, or not
 * at all. */
struct plan_name {
	uint8_t n;
	char text[PLAN_STEP - 1];
};

#define PLAN_NAMED(text) \
	{ \
		sizeof(text) - 1, text \
	}

struct plan_names {
	const struct plan_name *names;
	size_t n;
	bool or_number;
};

void plan_put_name(
    struct buf *out, const struct plan_names *names, const struct value *v);

/* Writes what is made of several values; those that are not there are NULL. */
#define PLAN_JOIN_MAX 5
typedef void plan_join_fn(
    struct buf *out, const struct value *const v[PLAN_JOIN_MAX]);

typedef bool plan_test_fn(const struct value *v);

/* Writes a value by what the schema gave for it. */
typedef void plan_map_fn(
    struct buf *out, const struct value *v, const void *by);

/* Writes all items of an array; `at` is a number that the schema chose. An
 * array without items counts as one empty item. */
typedef void plan_items_fn(
    struct buf *out, const struct value *array, unsigned at);

/* A member of an object that is left out where a record has no value for it:
 * nothing, or "-". */
enum plan_member_kind {
	PLAN_MEMBER_TEXT,
	PLAN_MEMBER_NUMBER,
	PLAN_MEMBER_WORD, /* what a number means */
	PLAN_MEMBER_INTO, /* an object inside begins: its name is all of it */
	PLAN_MEMBER_OUT,  /* and ends */
};

struct plan_member {
	uint8_t kind; /* enum plan_member_kind */
	uint8_t of;   /* the leaf, of those that plan_object() is given */
	bool leads;   /* nothing comes behind it if it is left out */
	bool differs; /* left out if it is what the member before is */
	struct plan_name
	    name; /* what stands before the value, with its quote */
	union {
		/* Of texts: what must hold of the JSON, or NULL. */
		bool (*ok)(struct span json);
		uint64_t max;                    /* of numbers */
		const char *(*word)(uint64_t n); /* NULL: none */
	};
	/* Of texts: the part of UTF-16 that is wanted, or NULL, and what writes
	 * that of others. */
	struct span (*part)(struct span text);
	plan_put_fn *put;

	/* Of texts: change the JSON in place, or NULL. Returns its new length,
	 * at most PLAN_STEP more than before. */
	size_t (*edit)(uint8_t *json, size_t n);
};

struct plan_object {
	struct plan_name begin; /* ,"user":{ */
	struct plan_name end;
	const struct plan_member *members;
	size_t n;
};

struct plan_op {
	uint8_t kind; /* enum plan_op_kind */

	/* Of PLAN_CHECKED, PLAN_FIRST and PLAN_AGAIN: where several write the
	 * same text, it is copied from where the line has it; 0 for others. */
	uint8_t seen;
	uint16_t index;
	uint32_t lit_end; /* the literal goes from the last op's end to here */
	union {
		plan_put_fn *put;               /* PLAN_VALUE, PLAN_SID */
		const struct plan_check *check; /* PLAN_CHECKED */
		const struct plan_names *names; /* PLAN_NAME */
		size_t least;       /* PLAN_UNLESS: bytes without the values */
		plan_test_fn *test; /* PLAN_KEEP_IF */
		struct {
			plan_map_fn *put;
			const void *by;
		} mapped; /* PLAN_MAPPED */
		struct {
			plan_items_fn *put;
			unsigned at;
		} items; /* PLAN_ITEMS, PLAN_PLACES, PLAN_PLACE */
		struct {
			plan_put_fn *put; /* of others */
			uint64_t of;      /* the value that is usual */
			struct plan_name text;
		} usual; /* PLAN_USUAL */
		struct {
			plan_join_fn *put;
			const struct node *leaf[PLAN_JOIN_MAX]; /* or NULL */
		} join; /* PLAN_JOIN: leaves of the tree */
		struct {
			const struct plan_object *what;
			const struct node *leaf[PLAN_JOIN_MAX]; /* or NULL */
			uint8_t seen[PLAN_JOIN_MAX];            /* as above */
		} object; /* PLAN_OBJECT */
	};
};

#define PLAN_SEEN_MAX 16U /* so many texts are copied */

struct plan {
	struct buf lits;
	struct plan_op *ops;
	size_t n;
	size_t cap;
	uint8_t seen; /* texts that are copied: where they are in the line */
	struct {
		size_t at;
		size_t n;             /* 0: not there (yet) */
	} text_at[PLAN_SEEN_MAX + 1]; /* from 1 on */
	size_t objects; /* a line has at most so many bytes of objects */
	size_t fixed;   /* and so many at all, texts apart */
	const struct text_variant *text; /* for this processor */
	bool failed; /* a maximum was reached, or there was no memory */
};

void plan_init(struct plan *p);
void plan_free(struct plan *p);

/* Make it empty for the next compilation; keeps its memory. */
void plan_clear(struct plan *p);

/* Building: each call appends. */
void plan_lit(struct plan *p, const char *s);
void plan_cut(struct plan *p, size_t n);          /* take literal bytes back */
void plan_name(struct plan *p, struct span name); /* "name": escaped */
void plan_leaf(struct plan *p, const struct node *leaf, plan_put_fn *put);
/* The same with the text of the leaf's value as JSON; the tree tells its type.
 * A number stands bare where `bare` allows it, everything else in quotes. */
void plan_text(struct plan *p, const struct node *leaf, const struct tree *t);
void plan_string(
    struct plan *p, const struct node *leaf, const struct tree *t, bool bare);

/* The operation that writes a value's text as value_json() does, but without a
 * call; PLAN_VALUE if there is none. */
enum plan_op_kind plan_kind(const struct value *v);

/* As plan_leaf(), which writes what is literal; a value in a substitution is
 * written without the call, as the kind says: it must have a type and size for
 * it. */
void plan_scalar(struct plan *p, const struct node *leaf, plan_put_fn *put,
    enum plan_op_kind kind);

/* As plan_leaf(), with what the function needs for it, which must stay while
 * the plan does. */
void plan_mapped(
    struct plan *p, const struct node *leaf, plan_map_fn *put, const void *by);

/* As plan_leaf(); a number of one byte is named without the call. */
void plan_named(struct plan *p, const struct node *leaf, const struct tree *t,
    plan_put_fn *put, const struct plan_names *names);

/* As plan_text(); copied if the line has it already. */
void plan_again(struct plan *p, const struct node *leaf, const struct tree *t);

/* As plan_leaf(); what the tree's own value makes is kept for those that are
 * the same, if it is a number of eight bytes. */
void plan_usual(struct plan *p, const struct node *leaf, const struct tree *t,
    plan_put_fn *put);

/* As plan_leaf(); a text that may stay is written without the call. */
void plan_checked(struct plan *p, const struct node *leaf, const struct tree *t,
    const struct plan_check *check);

/* What is appended in between is taken back, where a record's values make no
 * more of it than `least` bytes. Not one inside the other. */
void plan_begin(struct plan *p);
void plan_unless(struct plan *p, size_t least);

/* Ends plan_begin(), too: a record keeps what was appended in between only if
 * its value of the substitution passes the test. */
void plan_keep_if(
    struct plan *p, const struct node *substitution, plan_test_fn *test);

/* What a function makes of several leaves; the tree must stay while the plan
 * does. */
void plan_join(struct plan *p, const struct node *const leaf[PLAN_JOIN_MAX],
    plan_join_fn *join);

/* Members made of several leaves. The tree and what is described must stay
 * while the plan does. */
void plan_object(struct plan *p, const struct plan_object *what,
    const struct node *const leaf[PLAN_JOIN_MAX]);

/* The items of the array in a substitution. */
void plan_items(struct plan *p, const struct node *substitution,
    plan_items_fn *put, unsigned at);

/* Numbers of fields by their place in a list where an array takes a place for
 * each of its items. `at` is the place if every array before had one item:
 * plan_places() gives `put` the real place of the first item, plan_place()
 * appends the real place as decimal digits. */
void plan_places(struct plan *p, const struct node *substitution,
    plan_items_fn *put, unsigned at);
void plan_place(struct plan *p, unsigned at);

void plan_op(struct plan *p, enum plan_op_kind kind);
void plan_end(struct plan *p);

/* For a plan that is kept: give back what it does not need. */
void plan_trim(struct plan *p);

/* The bytes that it has beside itself. */
size_t plan_bytes(const struct plan *p);

/* Append what the plan says for these values to out. The caller looks at
 * out->full afterwards and takes the line back if it is set. */
void plan_run(struct plan *p, const struct value *values,
    struct plan_facts *facts, struct buf *out);

#endif
