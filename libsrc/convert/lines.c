/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/lines.h"
#include "util/filetime.h"

/* Maximum memory for lines that an idle job keeps, in bytes. The lines of the
 * 512 KiB of a job in an ordinary log have about 1 MiB. */
#define KEPT_MAX ((size_t)4 << 20)

/* Length in bytes of a time as text with a year of four digits. */
#define TIME_BYTES (FILETIME_MAX - 1)

void
lines_init(struct lines *l, size_t max)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->text, max);
	buf_init(&l->spilled, max);
	job_coverage_init(&l->job_coverage);
	event_counts_init(&l->event_counts, EVENT_COUNTS_JOB_ITEMS);
	l->limit = max;
}

void
lines_free(struct lines *l)
{
	buf_reset(&l->text);
	buf_reset(&l->spilled);
	job_coverage_free(&l->job_coverage);
	event_counts_free(&l->event_counts);
	free(l->patches);
	free(l->keys);
}

void
lines_clear(struct lines *l)
{
	buf_cut(&l->text, 0);
	buf_cut(&l->spilled, 0);
	memset(&l->account, 0, sizeof(l->account));
	job_coverage_reset(&l->job_coverage);
	event_counts_clear(&l->event_counts);
	l->limit = l->text.max;
	l->rendered = 0;
	l->first_time = 0;
	l->last_time = 0;
	l->n_patches = 0;
	l->n_keys = 0;
}

void
lines_trim(struct lines *l)
{
	if (l->text.cap > KEPT_MAX)
		buf_reset(&l->text);
	if (l->spilled.cap > KEPT_MAX)
		buf_reset(&l->spilled);
	job_coverage_trim(&l->job_coverage);
}

void
lines_limit(struct lines *l, size_t n)
{
	l->limit = l->text.n + n;
	l->rendered = 0;
}

void
lines_put_time(struct lines *l, size_t at, uint64_t time)
{
	uint8_t text[FILETIME_MAX];

	if (filetime_put(text, time) - text != TIME_BYTES)
		(void)filetime_put(text, 0);
	memcpy(l->text.p + at, text, TIME_BYTES);
}

void
lines_patch(struct lines *l, uint64_t before)
{
	for (size_t i = 0; i < l->n_patches; i++) {
		uint64_t time = before != 0 ? before : l->first_time;
		if (time == 0)
			time = l->patches[i].written;
		lines_put_time(l, l->patches[i].at, time);
	}
	l->n_patches = 0;
}

bool
lines_add_patch(struct lines *l, size_t at, uint64_t written)
{
	if (l->n_patches == l->cap_patches) {
		const size_t cap =
		    l->cap_patches == 0 ? 16 : l->cap_patches * 2;
		struct line_patch *const p =
		    realloc(l->patches, cap * sizeof(*p));
		if (p == NULL)
			return false;
		l->patches = p;
		l->cap_patches = cap;
	}
	l->patches[l->n_patches++] = (struct line_patch){ at, written };
	return true;
}

enum rc
lines_add_key(struct lines *l, bool none, struct err *e)
{
	if (l->n_keys == l->cap_keys) {
		const size_t cap = l->cap_keys == 0 ? 256 : l->cap_keys * 2;
		struct line_key *const p = realloc(l->keys, cap * sizeof(*p));
		if (p == NULL)
			return err_nomem(e);
		l->keys = p;
		l->cap_keys = cap;
	}
	l->keys[l->n_keys++] =
	    (struct line_key){ .at = l->text.n, .none = none };
	return RC_OK;
}
