/* SPDX-License-Identifier: Apache-2.0 */
#include "select/xpath_join.h"
#include "select/xpath_literal.h"

static struct xpath_expr *copy_expr(
    const struct xpath_expr *x, struct arena *a);

struct xpath_expr *
xpath_join_list(struct arena *a)
{
	struct xpath_expr *const list = arena_alloc(a, sizeof(*list));

	if (list != NULL)
		list->kind = XPATH_OR;
	return list;
}

/* True for NAME[predicate] with one predicate that does not test the position.
 */
static bool
is_nested(const struct xpath_expr *x)
{
	const struct xpath_step *const s = x->path;

	return x->kind == XPATH_TEST && x->test.subject == XPATH_NODE &&
	       x->test.op == XPATH_EXISTS && s->next == NULL &&
	       s->filter != NULL && s->filter->next == NULL && !s->attribute &&
	       !s->positional;
}

/* True for PATH=number with a path that has no predicates. */
static bool
is_number(const struct xpath_expr *x)
{
	const struct xpath_step *s = x->path;

	if (x->kind != XPATH_TEST || x->test.subject != XPATH_NODE ||
	    x->test.op != XPATH_EQ || x->test.literal.quoted)
		return false;
	while (s != NULL && s->filter == NULL)
		s = s->next;
	return s == NULL;
}

static bool
same_path(const struct xpath_step *a, const struct xpath_step *b)
{
	while (a != NULL && b != NULL && a->attribute == b->attribute &&
	       span_eq(a->name, b->name)) {
		a = a->next;
		b = b->next;
	}
	return a == NULL && b == NULL;
}

static bool
add_numbers(
    struct xpath_literal *to, const struct xpath_literal *from, struct arena *a)
{
	bool ok = true;

	for (size_t i = 0; ok && i < from->n; i++)
		ok = xpath_literal_add_number(to, from->numbers[i], a);
	return ok;
}

/* Copy the kids of a list, and join them if `to` is an `or`. */
static bool
copy_kids(struct xpath_expr *to, const struct xpath_expr *from, struct arena *a)
{
	struct xpath_expr **last = &to->kids;

	for (const struct xpath_expr *k = from->kids; k != NULL; k = k->next) {
		if (to->kind == XPATH_OR) {
			if (!xpath_join(to, k, a))
				return false;
			continue;
		}
		*last = copy_expr(k, a);
		if (*last == NULL)
			return false;
		last = &(*last)->next;
	}
	return true;
}

/* Replace the numbers and predicates of a copied test by copies. */
static bool
copy_test(struct xpath_expr *to, struct arena *a)
{
	const struct xpath_literal from = to->test.literal;

	if (is_number(to)) {
		to->test.literal.numbers = NULL;
		to->test.literal.n = 0;
		to->test.literal.cap = 0;
		return add_numbers(&to->test.literal, &from, a);
	}
	if (!is_nested(to))
		return true;
	struct xpath_step *const s = arena_alloc(a, sizeof(*s));
	if (s == NULL)
		return false;
	*s = *to->path;
	to->path = s;
	const struct xpath_expr *const filter = s->filter;
	s->filter = xpath_join_list(a);
	return s->filter != NULL && xpath_join(s->filter, filter, a);
}

/* Make a copy to which alternatives can be joined; NULL if memory is exhausted.
 */
static struct xpath_expr *
copy_expr(const struct xpath_expr *x, struct arena *a)
{
	struct xpath_expr *const to = arena_alloc(a, sizeof(*to));

	if (to == NULL)
		return NULL;
	*to = *x;
	to->next = NULL;
	if (x->kind == XPATH_TEST)
		return copy_test(to, a) ? to : NULL;
	to->kids = NULL;
	return copy_kids(to, x, a) ? to : NULL;
}

bool
xpath_join(
    struct xpath_expr *list, const struct xpath_expr *add, struct arena *a)
{
	struct xpath_expr **last = &list->kids;

	if (add->kind == XPATH_OR)
		return copy_kids(list, add, a);
	/* Join `add` with a kid that has the same beginning, if there is one.
	 */
	for (; *last != NULL; last = &(*last)->next) {
		struct xpath_expr *const kid = *last;
		if (is_number(kid) && is_number(add) &&
		    same_path(kid->path, add->path))
			return add_numbers(
			    &kid->test.literal, &add->test.literal, a);
		if (is_nested(kid) && is_nested(add) &&
		    span_eq(kid->path->name, add->path->name))
			return xpath_join(
			    kid->path->filter, add->path->filter, a);
	}
	*last = copy_expr(add, a);
	return *last != NULL;
}
