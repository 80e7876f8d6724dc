/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/key_runs.h"
#include "util/mix.h"
#include "util/scratch.h"

#define RUNS_MAX ((size_t)16)
#define MERGE_LEAST ((size_t)4)
#define PAGE_ENTRIES ((size_t)170) /* 4080 bytes, just under a 4 KiB page */
#define PAGES_TOGETHER_MAX ((size_t)64)
#define WHAT "a temporary file of record keys"

/* The Bloom filter is an array of blocks of one cache line each. All bits of a
 * key are in one block. Each run that contains the key sets other bits there,
 * which depend on the slot of the run. */
#define BLOCK_WORDS ((size_t)8)
#define BLOCK_BYTES (BLOCK_WORDS * sizeof(uint64_t))
#define BITS_OF_KEY 6
#define SLOTS 16U

/* A sorted run in a file. Its slots are numbers that select filter bits: a new
 * run has one slot, a merged run has the slots of all runs merged into it. */
struct run {
	int fd;
	uint64_t n;
	uint32_t slots;   /* bit map of the slots that the run has */
	size_t page;      /* number of entries in a page of the run */
	uint64_t *firsts; /* first word of the first key of each page */
	size_t n_firsts;
};

struct key_runs {
	struct key_runs_options o;
	struct run runs[RUNS_MAX]; /* runs of the set, the oldest first */
	size_t n;
	unsigned next_slot;
	/* Filter bits; NULL: no run exists yet, or memory was exhausted. */
	uint64_t *filter;
	size_t blocks;
	struct key_entry *read; /* buffer for the entries of one page */
	size_t n_read;
};

enum rc
key_runs_create(
    struct key_runs **kp, const struct key_runs_options *o, struct err *e)
{
	struct key_runs *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	k->o = *o;
	return RC_OK;
}

static void
close_run(struct run *r)
{
	if (r->fd != -1)
		(void)close(r->fd);
	free(r->firsts);
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}

void
key_runs_destroy(struct key_runs *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++)
		close_run(&k->runs[i]);
	free(k->filter);
	free(k->read);
	free(k);
}

/* --- the filter ----------------------------------------------------------- */

static uint64_t *
block_of(const struct key_runs *k, const uint64_t key[2])
{
	/* Sorted keys have ascending blocks. */
	return &k->filter[key_table_place(key, k->blocks) * BLOCK_WORDS];
}

void
key_runs_prefetch(const struct key_runs *k, const uint64_t key[2])
{
#ifdef __GNUC__
	if (k->filter != NULL)
		__builtin_prefetch(block_of(k, key));
#else
	(void)k;
	(void)key;
#endif
}

/* The filter bits of a key for a slot: BITS_OF_KEY numbers of 9 bits, each the
 * index of a bit in the block. */
static uint64_t
bits_of(const uint64_t key[2], unsigned slot)
{
	return mix_word(key[1], slot + 1U);
}

static void
remember(struct key_runs *k, const uint64_t key[2], unsigned slot)
{
	uint64_t *const block = block_of(k, key);
	uint64_t bits = bits_of(key, slot);

	for (int i = 0; i < BITS_OF_KEY; i++, bits >>= 9)
		block[bits >> 6 & 7U] |= UINT64_C(1) << (bits & 63U);
}

/* The slots whose filter bits for the key are all set. */
static uint32_t
slots_of(const struct key_runs *k, const uint64_t key[2])
{
	const unsigned used = k->next_slot < SLOTS ? k->next_slot : SLOTS;
	uint32_t slots = 0;

	if (k->filter == NULL)
		return UINT32_MAX;
	const uint64_t *const block = block_of(k, key);
	for (unsigned slot = 0; slot < used; slot++) {
		uint64_t bits = bits_of(key, slot);
		uint64_t all = 1;
		for (int i = 0; i < BITS_OF_KEY && all != 0; i++, bits >>= 9)
			all = block[bits >> 6 & 7U] >> (bits & 63U) & 1U;
		slots |= (uint32_t)all << slot;
	}
	return slots;
}

/* --- reading -------------------------------------------------------------- */

/* Consecutive entries of a run, read into memory: n entries from entry number
 * `first` on. */
struct part {
	struct key_entry *to;
	uint64_t first;
	size_t n;
};

static enum rc
read_part(const struct run *r, const struct part *p, struct err *e)
{
	const struct io_read in = { r->fd, p->first * sizeof(*p->to),
		(uint8_t *)p->to, p->n * sizeof(*p->to), WHAT };
	size_t got = 0;
	const enum rc rc = io_pread(&in, &got, e);

	if (rc == RC_OK && got != in.n)
		return err_set(
		    e, RC_FATAL, WHY_CORRUPT, WHAT " became shorter");
	return rc;
}

/* The part of a run that starts with entry number `first` and has n entries, or
 * fewer at the end of the run. */
static struct part
part_of(const struct run *r, struct key_entry *to, uint64_t first, size_t n)
{
	const uint64_t left = r->n - first;

	return (struct part){ to, first, left < n ? (size_t)left : n };
}

/* The number of the first page that can contain keys with this first word: the
 * last page whose first key has a smaller first word, or page 0. */
static size_t
page_of(const struct run *r, uint64_t word)
{
	size_t low = 0;
	size_t high = r->n_firsts;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (r->firsts[middle] < word)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? 0 : low - 1;
}

static bool
find_in(const struct key_entry *entries, size_t n, const uint64_t key[2],
    struct key_entry *found)
{
	size_t low = 0;
	size_t high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int c = key_table_compare(entries[middle].key, key);
		if (c == 0) {
			*found = entries[middle];
			return true;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static enum rc
find_in_run(struct key_runs *k, const struct run *r, const uint64_t key[2],
    struct key_entry *found, struct err *e)
{
	/* Keys with the same first word may continue on the next page. */
	for (size_t i = page_of(r, key[0]);
	     i < r->n_firsts && r->firsts[i] <= key[0]; i++) {
		const struct part page =
		    part_of(r, k->read, (uint64_t)i * r->page, r->page);
		const enum rc rc = read_part(r, &page, e);
		if (rc != RC_OK)
			return rc;
		if (find_in(page.to, page.n, key, found))
			return RC_OK;
	}
	return RC_END;
}

enum rc
key_runs_find(struct key_runs *k, const uint64_t key[2],
    struct key_entry *found, bool *is_there, struct err *e)
{
	enum rc rc = RC_END;

	*is_there = false;
	if (k->n == 0)
		return RC_OK;
	const uint32_t slots = slots_of(k, key);
	for (size_t i = 0; rc == RC_END && i < k->n; i++) {
		if ((k->runs[i].slots & slots) != 0)
			rc = find_in_run(k, &k->runs[i], key, found, e);
	}
	*is_there = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* --- writing -------------------------------------------------------------- */

/* The number of entries in a page of a new run of n entries, chosen so that the
 * page indexes of all runs use at most a sixteenth of the memory. */
static size_t
page_entries(const struct key_runs *k, uint64_t n)
{
	const size_t most = k->o.memory / 16 / sizeof(uint64_t);
	size_t together = 1;
	size_t firsts = 0;

	for (size_t i = 0; i < k->n; i++)
		firsts += k->runs[i].n_firsts;
	while (together < PAGES_TOGETHER_MAX &&
	       firsts + n / (PAGE_ENTRIES * together) > most)
		together *= 2;
	return PAGE_ENTRIES * together;
}

/* Create an empty run with room for n entries in its page index. */
static enum rc
open_run(struct key_runs *k, struct run *r, uint64_t n, struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->page = page_entries(k, n);
	r->firsts = calloc((size_t)(n / r->page) + 1, sizeof(*r->firsts));
	if (r->page > k->n_read) {
		struct key_entry *const p =
		    realloc(k->read, r->page * sizeof(*p));
		if (p != NULL) {
			k->read = p;
			k->n_read = r->page;
		}
	}
	r->fd = -1;
	if (r->firsts == NULL || r->page > k->n_read)
		return err_nomem(e);
	return scratch_open(&r->fd, k->o.dirfd, k->o.scratch, e);
}

static enum rc
append(struct run *r, const struct key_entry *entries, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if ((r->n + i) % r->page == 0)
			r->firsts[r->n_firsts++] = entries[i].key[0];
	}
	r->n += n;
	return io_write(r->fd, span_of(entries, n * sizeof(*entries)), WHAT, e);
}

/* --- merging -------------------------------------------------------------- */

/* Reads a run from its beginning to its end. */
struct head {
	const struct run *run;
	struct part part;
	size_t at; /* index of the next entry in `part` */
};

struct merge {
	struct head heads[RUNS_MAX];
	size_t n;
	struct key_entry *entries; /* a buffer for each input, then a buffer for
				      the output */
	size_t buffer;             /* maximum number of entries in a buffer */
	size_t out;                /* number of entries in the output buffer */
};

/* If the input has no entry in memory, read more of its run; at the end of the
 * run, remove the input. */
static enum rc
refill(struct merge *m, struct head *h, struct err *e)
{
	const uint64_t next = h->part.first + h->part.n;

	if (h->at < h->part.n)
		return RC_OK;
	if (next == h->run->n) {
		*h = m->heads[--m->n];
		return RC_OK;
	}
	h->part = part_of(h->run, h->part.to, next, m->buffer);
	h->at = 0;
	return read_part(h->run, &h->part, e);
}

static struct head *
least_of(struct merge *m)
{
	struct head *least = &m->heads[0];

	for (size_t i = 1; i < m->n; i++) {
		struct head *const h = &m->heads[i];
		if (key_table_compare(h->part.to[h->at].key,
			least->part.to[least->at].key) < 0)
			least = h;
	}
	return least;
}

static enum rc
merge_into(struct merge *m, struct run *to, struct err *e)
{
	struct key_entry *const out = &m->entries[RUNS_MAX * m->buffer];
	enum rc rc = RC_OK;

	while (rc == RC_OK && m->n > 0) {
		struct head *const h = least_of(m);
		out[m->out++] = h->part.to[h->at++];
		rc = refill(m, h, e);
		if (rc == RC_OK && (m->out == m->buffer || m->n == 0)) {
			rc = append(to, out, m->out, e);
			m->out = 0;
		}
	}
	return rc;
}

/* Replace the runs from number `first` on by one run. */
static enum rc
merge_from(struct key_runs *k, size_t first, struct err *e)
{
	struct merge m = { .n = 0 };
	struct run merged;
	uint64_t n = 0;
	uint32_t slots = 0;
	enum rc rc = RC_OK;

	m.buffer = k->o.memory / 16 / (RUNS_MAX + 1) / sizeof(*m.entries) + 16;
	m.entries = calloc((RUNS_MAX + 1) * m.buffer, sizeof(*m.entries));
	if (m.entries == NULL)
		return err_nomem(e);
	for (size_t i = first; rc == RC_OK && i < k->n; i++) {
		struct head *const h = &m.heads[m.n];
		h->run = &k->runs[i];
		h->part =
		    part_of(h->run, &m.entries[m.n++ * m.buffer], 0, m.buffer);
		rc = read_part(h->run, &h->part, e);
		n += h->run->n;
		slots |= h->run->slots;
	}
	if (rc == RC_OK)
		rc = open_run(k, &merged, n, e);
	if (rc == RC_OK) {
		rc = merge_into(&m, &merged, e);
		merged.slots = slots;
		while (k->n > first)
			close_run(&k->runs[--k->n]);
		k->runs[k->n++] = merged;
	}
	free(m.entries);
	return rc;
}

enum rc
key_runs_add(struct key_runs *k, const struct key_entry *entries, size_t n,
    struct err *e)
{
	enum rc rc = RC_OK;
	size_t first = 0;

	if (k->n == RUNS_MAX) {
		/* Merge only runs that are at most four times as large as the
		 * last one, so that an entry is rarely copied. */
		while (k->runs[first].n > 4 * k->runs[k->n - 1].n)
			first++;
		rc = merge_from(k, k->n - first < MERGE_LEAST ? 0 : first, e);
	}
	if (rc != RC_OK || n == 0)
		return rc;
	if (k->filter == NULL && k->n == 0) {
		/* If memory is exhausted, lookups search each run. */
		k->blocks = k->o.memory / 4 * 3 / BLOCK_BYTES;
		if (k->blocks > UINT32_MAX)
			k->blocks = UINT32_MAX;
		k->filter = k->blocks == 0
				? NULL
				: key_table_alloc(k->blocks, BLOCK_BYTES);
	}
	struct run *const r = &k->runs[k->n];
	rc = open_run(k, r, n, e);
	k->n++;
	if (rc != RC_OK)
		return rc;
	const unsigned slot = k->next_slot++ % SLOTS;
	r->slots = UINT32_C(1) << slot;
	for (size_t i = 0; k->filter != NULL && i < n; i++)
		remember(k, entries[i].key, slot);
	return append(r, entries, n, e);
}
