/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What repeats from line to line: three of four values of a record are those of
 * the record before it with the same tree.
 *
 * After plan_remember() a plan remembers its last line and the values that were
 * written into it. plan_run() copies the parts of this line whose values are
 * the same again, and converts only the other values; the lines do not differ
 * from those of a plan that remembers nothing. A part is one operation with its
 * literal, or PLAN_OPTIONAL and what follows up to the operation that may
 * remove it.
 *
 * Not remembered are long lines and long values. A plan whose lines have little
 * in common stops comparing for a while.
 */
#ifndef SCHEMA_PLAN_REPEAT_H
#define SCHEMA_PLAN_REPEAT_H

#include "schema/plan.h"

/* Bits of plan_part.depends and plan_repeat.changed. The bits below
 * PLAN_VALUES_MAX are values. */
#define PLAN_VALUES_MAX 61U
/* The part is a PLAN_SHARED; always set in `changed`. */
#define PLAN_PART_SHARED (UINT64_C(1) << 61)
/* The part depends on more than values, such as the time; always set in
 * `changed`. */
#define PLAN_PART_VARIES (UINT64_C(1) << 62)
/* Set for every part; set in `changed` if there is no last line. */
#define PLAN_PART_ANY (UINT64_C(1) << 63)

struct plan_part {
	uint64_t depends; /* what its text depends on, as above */
	uint32_t n;       /* length of its text in the last line */
	uint32_t first;   /* index of its first operation */
	uint32_t end;     /* index after its last operation */
};

/* A number of 1, 2, 4 or 8 bytes in the last record. */
struct plan_number {
	uint64_t last;  /* its bytes */
	uint16_t index; /* index in the record's values */
	uint8_t bit;    /* number of its bit in `changed` */
	uint8_t size;   /* size in bytes, always the same in one plan */
};

/* Another value of the last record. */
struct plan_text {
	uint32_t n;     /* length in bytes; UINT32_MAX: the text is not known */
	uint16_t index; /* as in struct plan_number */
	uint16_t at;    /* offset of its bytes in plan_repeat.bytes */
	uint16_t room;  /* room for its bytes */
	uint8_t bit;    /* as in struct plan_number */
};

struct plan_repeat {
	bool kept;        /* `line` is the line of the values in `seen` */
	unsigned poor;    /* number of lines in a row with little in common */
	unsigned paused;  /* number of lines to write before comparing again */
	uint64_t changed; /* what differs from the last line, as above */
	size_t n_parts;
	size_t n_numbers;
	size_t n_texts;
	size_t bytes_n;  /* number of bytes in use */
	size_t line_max; /* maximum length of a line that is remembered */
	struct plan_part *parts;
	struct plan_number *numbers; /* sorted by size */
	struct plan_text *texts;
	uint8_t *bytes; /* the bytes of the texts */
	/* The last line; PLAN_LONG_STEP more bytes may be read. */
	uint8_t *line;
};

/* For a complete plan and values of a record with its tree. NULL if the plan
 * has too many parts or values, or mostly numbers, or if memory is exhausted.
 */
struct plan_repeat *plan_repeat_create(
    const struct plan *p, const struct value *values);
void plan_repeat_destroy(struct plan_repeat *r);

/* Returns the number of bytes allocated; 0 for NULL. */
size_t plan_repeat_bytes(const struct plan_repeat *r);

/* Compare a record's values with those of the last line, which sets r->changed,
 * and remember them. False if the line is to be written without regard to the
 * last one. */
bool plan_repeat_start(struct plan_repeat *r, const struct value *values);

/* Remember the line that was written after plan_repeat_start(), of which
 * `copied` bytes are from the last one. If it is not called, the last line is
 * forgotten. */
void plan_repeat_keep(struct plan_repeat *r, struct span line, size_t copied);

#endif
