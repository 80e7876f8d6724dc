/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "schema/plan_repeat.h"
#include "util/le.h"

#define PARTS_MAX 256U
#define BYTES_MAX 1024U
#define VALUE_MAX 256U /* maximum length of a value in bytes */

/* Maximum length of a line: that of its literals, and bytes for each operation.
 * The values of real logs have 15 bytes on average. */
#define LINE_BYTES_MAX ((size_t)4096)
#define LINE_BYTES_EACH 32U

/* Texts grow by a few characters: this avoids new room for each. */
#define ROOM_STEP 16U

/* After POOR_MAX lines in a row of which less than half was copied, the next
 * PAUSE_LINES lines are not compared. */
#define POOR_MAX 8U
#define PAUSE_LINES 256U

/* --- parts ---------------------------------------------------------------- */

/* What make_parts() needs. */
struct maker {
	struct plan_repeat *r;
	const struct plan *plan;
	const struct value *values;
	struct plan_part *part; /* the part that is being made */
	size_t text_uses;       /* how often operations write texts */
};

/* Returns the bit of a value that occurs in the plan, or PLAN_VALUES_MAX. */
static unsigned
find_bit(const struct plan_repeat *r, uint16_t index)
{
	for (size_t i = 0; i < r->n_numbers; i++) {
		if (r->numbers[i].index == index)
			return r->numbers[i].bit;
	}
	for (size_t i = 0; i < r->n_texts; i++) {
		if (r->texts[i].index == index)
			return r->texts[i].bit;
	}
	return PLAN_VALUES_MAX;
}

/* Let the part depend on a value. False if the plan has too many values. */
static bool
add_value(struct maker *m, uint16_t index)
{
	struct plan_repeat *const r = m->r;
	const struct value *const v = &m->values[index];
	const bool number = value_type_is_sized(v->type) && value_is_sized(v) &&
			    (v->n == 1 || v->n == 2 || v->n == 4 || v->n == 8);
	const size_t next = r->n_numbers + r->n_texts;
	unsigned bit = find_bit(r, index);

	m->text_uses += number ? 0 : 1;
	if (bit == PLAN_VALUES_MAX) {
		if (next == PLAN_VALUES_MAX)
			return false;
		bit = (unsigned)next;
		if (number)
			r->numbers[r->n_numbers++] =
			    (struct plan_number){ .index = index,
				    .bit = (uint8_t)bit,
				    .size = (uint8_t)v->n };
		else
			r->texts[r->n_texts++] =
			    (struct plan_text){ .n = UINT32_MAX,
				    .index = index,
				    .bit = (uint8_t)bit };
	}
	m->part->depends |= UINT64_C(1) << bit;
	return true;
}

static bool
add_leaves(struct maker *m, const struct node *const leaf[PLAN_LEAVES_MAX])
{
	bool ok = true;

	for (size_t i = 0; ok && i < PLAN_LEAVES_MAX; i++) {
		if (leaf[i] != NULL && leaf[i]->kind == NODE_SUBSTITUTION)
			ok = add_value(m, leaf[i]->index);
	}
	return ok;
}

/* Add an operation to the part. */
static bool
add_op(struct maker *m, const struct plan_op *op)
{
	m->part->end++;
	switch (op->kind) {
	case PLAN_LITERAL:
	case PLAN_OPTIONAL:
	case PLAN_KEEP_IF_LONGER:
		return true;
	case PLAN_JOIN:
		return add_leaves(m, m->plan->leaves[op->join.leaves].leaf);
	case PLAN_OBJECT:
		return add_leaves(m, m->plan->leaves[op->object.leaves].leaf);
	case PLAN_NUMBERED_ITEMS:
	case PLAN_ITEM_NUMBER:
	case PLAN_COMMA:
	case PLAN_KEY:
	case PLAN_PROVENANCE:
	case PLAN_TIME:
	case PLAN_TIME_COLUMNS:
	case PLAN_TIME_CREATED:
	case PLAN_TIME_SOURCE:
	case PLAN_TIME_ATTRIBUTE:
		m->part->depends |= PLAN_PART_VARIES;
		return true;
	case PLAN_SHARED:
		m->part->depends |= PLAN_PART_SHARED;
		return add_value(m, op->index);
	default: /* the other kinds with one value */
		return add_value(m, op->index);
	}
}

/* Divide the operations into parts. False if they have too many values, or if
 * most are numbers, which are written as fast as they are compared. */
static bool
make_parts(
    struct plan_repeat *r, const struct plan *p, const struct value *values)
{
	struct maker m = { .r = r, .plan = p, .values = values };

	for (uint32_t i = 0; i < p->n; r->n_parts++) {
		bool whole = p->ops[i].kind != PLAN_OPTIONAL;
		m.part = &r->parts[r->n_parts];
		*m.part = (struct plan_part){
			.depends = PLAN_PART_ANY, .first = i, .end = i
		};
		do {
			const struct plan_op *const op = &p->ops[i++];
			if (!add_op(&m, op))
				return false;
			whole = whole || op->kind == PLAN_KEEP_IF_LONGER ||
				op->kind == PLAN_KEEP_IF_VALUE;
		} while (!whole && i < p->n);
	}
	return 2 * m.text_uses > r->n_numbers;
}

static int
compare_sizes(const void *a, const void *b)
{
	const struct plan_number *const x = a;
	const struct plan_number *const y = b;

	return (x->size > y->size) - (x->size < y->size);
}

/* Give back the memory of parts, numbers and texts that do not occur. */
static void
trim(struct plan_repeat *r)
{
	struct plan_part *const parts =
	    realloc(r->parts, (r->n_parts + 1) * sizeof(*parts));
	struct plan_number *const numbers =
	    realloc(r->numbers, (r->n_numbers + 1) * sizeof(*numbers));
	struct plan_text *const texts =
	    realloc(r->texts, (r->n_texts + 1) * sizeof(*texts));

	if (parts != NULL)
		r->parts = parts;
	if (numbers != NULL)
		r->numbers = numbers;
	if (texts != NULL)
		r->texts = texts;
}

struct plan_repeat *
plan_repeat_create(const struct plan *p, const struct value *values)
{
	struct plan_repeat *const r =
	    p->n > PARTS_MAX ? NULL : calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->parts = malloc((p->n + 1) * sizeof(*r->parts));
	r->numbers = malloc(PLAN_VALUES_MAX * sizeof(*r->numbers));
	r->texts = malloc(PLAN_VALUES_MAX * sizeof(*r->texts));
	r->bytes = malloc(BYTES_MAX);
	r->line_max = p->lits.n + p->n * LINE_BYTES_EACH;
	if (r->line_max > LINE_BYTES_MAX)
		r->line_max = LINE_BYTES_MAX;
	r->line = calloc(1, r->line_max + PLAN_LONG_STEP);
	if (r->parts == NULL || r->numbers == NULL || r->texts == NULL ||
	    r->bytes == NULL || r->line == NULL || !make_parts(r, p, values)) {
		plan_repeat_destroy(r);
		return NULL;
	}
	trim(r);
	qsort(r->numbers, r->n_numbers, sizeof(*r->numbers), compare_sizes);
	return r;
}

void
plan_repeat_destroy(struct plan_repeat *r)
{
	if (r == NULL)
		return;
	free(r->parts);
	free(r->numbers);
	free(r->texts);
	free(r->bytes);
	free(r->line);
	free(r);
}

size_t
plan_repeat_bytes(const struct plan_repeat *r)
{
	if (r == NULL)
		return 0;
	return sizeof(*r) + (r->n_parts + 1) * sizeof(*r->parts) +
	       (r->n_numbers + 1) * sizeof(*r->numbers) +
	       (r->n_texts + 1) * sizeof(*r->texts) + BYTES_MAX + r->line_max +
	       PLAN_LONG_STEP;
}

/* --- values --------------------------------------------------------------- */

/* Compare the numbers from r->numbers[i] on that have this size. Returns the
 * index of the first number of another size. */
static inline size_t
compare_numbers(
    struct plan_repeat *r, size_t i, const struct value *values, uint8_t size)
{
	uint64_t changed = r->changed;

	for (; i < r->n_numbers && r->numbers[i].size == size; i++) {
		struct plan_number *const number = &r->numbers[i];
		const uint64_t now = le_uint(values[number->index].p, size);
		changed |= (uint64_t)(now != number->last) << number->bit;
		number->last = now;
	}
	r->changed = changed;
	return i;
}

static void
remember_text(
    struct plan_repeat *r, struct plan_text *text, const struct value *v)
{
	text->n = UINT32_MAX;
	if (v->n > text->room) {
		const size_t room =
		    ((size_t)v->n + ROOM_STEP) / ROOM_STEP * ROOM_STEP;
		if (v->n > VALUE_MAX || room > BYTES_MAX - r->bytes_n)
			return;
		text->at = (uint16_t)r->bytes_n;
		text->room = (uint16_t)room;
		r->bytes_n += room;
	}
	text->n = v->n;
	if (v->n != 0)
		memcpy(r->bytes + text->at, v->p, v->n);
}

static void
compare_texts(struct plan_repeat *r, const struct value *values)
{
	for (size_t i = 0; i < r->n_texts; i++) {
		struct plan_text *const text = &r->texts[i];
		const struct value *const v = &values[text->index];
		if (text->n == v->n &&
		    (v->n == 0 || memcmp(r->bytes + text->at, v->p, v->n) == 0))
			continue;
		r->changed |= UINT64_C(1) << text->bit;
		remember_text(r, text, v);
	}
}

bool
plan_repeat_start(struct plan_repeat *r, const struct value *values)
{
	r->changed = PLAN_PART_SHARED | PLAN_PART_VARIES;
	if (!r->kept)
		r->changed |= PLAN_PART_ANY;
	r->kept = false;
	if (r->paused != 0) {
		r->paused--;
		return false;
	}
	size_t i = compare_numbers(r, 0, values, 1);
	i = compare_numbers(r, i, values, 2);
	i = compare_numbers(r, i, values, 4);
	(void)compare_numbers(r, i, values, 8);
	compare_texts(r, values);
	return true;
}

void
plan_repeat_keep(struct plan_repeat *r, struct span line, size_t copied)
{
	r->poor = copied < line.n / 2 ? r->poor + 1 : 0;
	if (r->poor == POOR_MAX) {
		r->poor = 0;
		r->paused = PAUSE_LINES;
	}
	if (line.n > r->line_max || r->paused != 0)
		return;
	memcpy(r->line, line.p, line.n);
	r->kept = true;
}
