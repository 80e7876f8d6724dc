/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alternatives made one. "There is a node with P, or there is one with Q" is
 * "there is a node with P or Q", whatever P and Q are, as long as neither asks
 * for its position; so event sets of a hundred queries become one path and one
 * list of numbers. What is given is never changed.
 */
#include "select/xpath.h"

static struct xpath_expr *normal(const struct xpath_expr *x, struct arena *a);

struct xpath_expr *
xpath_list(struct arena *a)
{
	struct xpath_expr *const list = arena_alloc(a, sizeof(*list));

	if (list != NULL)
		list->kind = XPATH_OR;
	return list;
}

/* Is there a child of that name with one predicate that asks for no
 * position? */
static bool
is_nested(const struct xpath_expr *x)
{
	const struct xpath_step *const s = x->path;

	return x->kind == XPATH_TEST && x->test.subject == XPATH_NODE &&
	       x->test.op == XPATH_EXISTS && s->next == NULL &&
	       s->filter != NULL && s->filter->next == NULL && !s->attribute &&
	       !s->positional;
}

static bool
is_plain_path(const struct xpath_step *s)
{
	while (s != NULL && s->filter == NULL)
		s = s->next;
	return s == NULL;
}

/* Has a node this number? */
static bool
is_number(const struct xpath_expr *x)
{
	return x->kind == XPATH_TEST && x->test.subject == XPATH_NODE &&
	       x->test.op == XPATH_EQ && !x->test.literal.quoted &&
	       is_plain_path(x->path);
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
		ok = xpath_add_number(to, from->numbers[i], a);
	return ok;
}

static bool
normal_list(
    struct xpath_expr *to, const struct xpath_expr *from, struct arena *a)
{
	struct xpath_expr **last = &to->kids;

	for (const struct xpath_expr *k = from->kids; k != NULL; k = k->next) {
		if (to->kind == XPATH_OR && !xpath_join(to, k, a))
			return false;
		if (to->kind == XPATH_OR)
			continue;
		*last = normal(k, a);
		if (*last == NULL)
			return false;
		last = &(*last)->next;
	}
	return true;
}

static bool
normal_test(struct xpath_expr *to, struct arena *a)
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
	s->filter = xpath_list(a);
	return s->filter != NULL && xpath_join(s->filter, filter, a);
}

/* A copy to which may be added; NULL without memory. */
static struct xpath_expr *
normal(const struct xpath_expr *x, struct arena *a)
{
	struct xpath_expr *const to = arena_alloc(a, sizeof(*to));

	if (to == NULL)
		return NULL;
	*to = *x;
	to->next = NULL;
	if (x->kind == XPATH_TEST)
		return normal_test(to, a) ? to : NULL;
	to->kids = NULL;
	return normal_list(to, x, a) ? to : NULL;
}

/* Put x into one of the list. Not done: there is none that takes it. */
static bool
merge(struct xpath_expr *kid, const struct xpath_expr *x, struct arena *a,
    bool *done)
{
	*done = true;
	if (is_number(kid) && is_number(x) && same_path(kid->path, x->path))
		return add_numbers(&kid->test.literal, &x->test.literal, a);
	if (is_nested(kid) && is_nested(x) &&
	    span_eq(kid->path->name, x->path->name))
		return xpath_join(kid->path->filter, x->path->filter, a);
	*done = false;
	return true;
}

bool
xpath_join(
    struct xpath_expr *list, const struct xpath_expr *add, struct arena *a)
{
	bool done = false;
	struct xpath_expr **last = &list->kids;

	if (add->kind == XPATH_OR)
		return normal_list(list, add, a);
	for (; *last != NULL; last = &(*last)->next) {
		if (!merge(*last, add, a, &done))
			return false;
		if (done)
			return true;
	}
	*last = normal(add, a);
	return *last != NULL;
}
