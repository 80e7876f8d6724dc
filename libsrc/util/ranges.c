/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"
#include "util/ranges.h"

void
ranges_free(struct ranges *s)
{
	free(s->item);
	free(s->sizes);
	memset(s, 0, sizeof(*s));
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Forget the smaller half of the gaps: join the ranges around each. */
static enum rc
halve(struct ranges *s, struct err *e)
{
	const size_t n = s->n - 1;
	size_t left = n / 2;
	size_t to = 0;

	if (s->cap_sizes < n) {
		free(s->sizes);
		s->sizes = malloc(n * sizeof(*s->sizes));
		s->cap_sizes = s->sizes == NULL ? 0 : n;
	}
	uint64_t *const gaps = s->sizes;
	if (gaps == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		gaps[i] = ranges_gap_after(&s->item[i]);
	qsort(gaps, n, sizeof(*gaps), compare);
	const uint64_t largest = gaps[n / 2];
	for (size_t i = 1; i < s->n; i++) {
		const struct range pair[2] = { s->item[to], s->item[i] };
		const uint64_t gap = ranges_gap_after(pair);
		if (gap > largest || left == 0) {
			s->item[++to] = s->item[i];
			continue;
		}
		left--;
		s->joined++;
		s->joined_missing += gap;
		s->item[to].last = s->item[i].last;
	}
	s->n = to + 1;
	return RC_OK;
}

/* Merge the new range with the ranges from index `at` on that overlap or touch
 * it. */
static void
merge(struct ranges *s, size_t at, const struct range *add)
{
	struct range all = *add;
	uint64_t had = 0;
	size_t end = at;

	for (; end < s->n && s->item[end].first <= add->last + 1; end++) {
		const struct range *const r = &s->item[end];
		const uint64_t first =
		    r->first > add->first ? r->first : add->first;
		const uint64_t last = r->last < add->last ? r->last : add->last;
		had += first <= last ? last - first + 1 : 0;
		all.first = r->first < all.first ? r->first : all.first;
		all.last = r->last > all.last ? r->last : all.last;
	}
	s->again += had;
	s->item[at] = all;
	memmove(
	    &s->item[at + 1], &s->item[end], (s->n - end) * sizeof(*s->item));
	s->n -= end - at - 1;
}

enum rc
ranges_add(struct ranges *s, const struct range *add, size_t max, struct err *e)
{
	const uint64_t touch = add->first == 0 ? 0 : add->first - 1;

	assert(add->first <= add->last && add->last < UINT64_MAX);
	assert(max >= RANGES_MIN);
	if (s->n >= max && halve(s, e) != RC_OK)
		return e->rc;
	struct range *const p = array_grow(s->item, s->n, &s->cap, sizeof(*p));
	if (p == NULL)
		return err_nomem(e);
	s->item = p;
	/* The first range that ends at `touch` or later. Most numbers come
	 * after all others. */
	const bool behind = s->n == 0 || s->item[s->n - 1].last < touch;
	size_t at = behind ? s->n : 0;
	for (size_t end = s->n; at < end;) {
		const size_t mid = at + (end - at) / 2;
		if (s->item[mid].last < touch)
			at = mid + 1;
		else
			end = mid;
	}
	if (at < s->n && s->item[at].first <= add->last + 1) {
		merge(s, at, add);
		return RC_OK;
	}
	memmove(&s->item[at + 1], &s->item[at], (s->n - at) * sizeof(*s->item));
	s->item[at] = *add;
	s->n++;
	return RC_OK;
}

uint64_t
ranges_gaps(const struct ranges *s)
{
	return s->n == 0 ? 0 : s->n - 1 + s->joined;
}

uint64_t
ranges_missing(const struct ranges *s)
{
	uint64_t n =
	    s->n == 0 ? 0 : s->item[s->n - 1].last - s->item[0].first + 1;

	for (size_t i = 0; i < s->n; i++)
		n -= s->item[i].last - s->item[i].first + 1;
	return n + s->joined_missing;
}
