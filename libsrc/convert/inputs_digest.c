/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/inputs_digest.h"
#include "util/digest_lanes.h"
#include "util/digest_texts.h"
#include "util/io.h"
#include "util/sorter.h"

/* Size of an input that cannot be read; no file has it. */
#define UNREADABLE UINT64_MAX
#define LANES 2U
/* Length of the text of a part at which it is added to the digest. */
#define TEXT_MAX ((size_t)64 << 10)

/* The digest of some of the inputs. First bytes are digested two at a time, so
 * inputs wait in `text` until the digests of their first bytes are known. */
struct part {
	struct digest *all;
	/* Inputs that are not in `all` yet. Each has its path with its NUL, its
	 * size in 8 bytes and, if it was read, the digest of its first bytes.
	 */
	struct buf text;
	uint8_t *head[LANES];
	size_t n_head[LANES];
	size_t sum_at[LANES]; /* offset of the digest in `text` */
	size_t n; /* number of first bytes that are not digested yet */
};

struct inputs_digest {
	const volatile sig_atomic_t *stop;
	struct sorter_reader *list; /* inputs; the next one is `next` */
	uint64_t next;
	struct part small;
	struct part large;
	bool lanes; /* result of digest_lanes_available() */
};

/* True if the digest of all bytes of the input is the digest of its first
 * bytes, and is made when the input is converted. */
static bool
is_small(const struct walk_entry *w)
{
	return w->why == NULL && w->log && !w->is_stdin && w->bytes != 0 &&
	       w->bytes <= INPUTS_DIGEST_HEAD;
}

/* --- one part ------------------------------------------------------------- */

static enum rc
init_part(struct part *p, struct err *e)
{
	buf_init(&p->text, TEXT_MAX + ((size_t)1 << 20));
	for (size_t i = 0; i < LANES; i++) {
		p->head[i] = malloc(INPUTS_DIGEST_HEAD);
		if (p->head[i] == NULL)
			return err_nomem(e);
	}
	return digest_create(&p->all, e);
}

static void
free_part(struct part *p)
{
	for (size_t i = 0; i < LANES; i++)
		free(p->head[i]);
	buf_reset(&p->text);
	digest_destroy(p->all);
}

/* Add the inputs that wait to the digest. */
static enum rc
flush(struct inputs_digest *d, struct part *p, struct err *e)
{
	struct digest_text head[LANES];

	if (p->text.full)
		return buf_fail(&p->text, "the path of an input", e);
	for (size_t i = 0; i < p->n; i++)
		head[i] = (struct digest_text){ .text = span_of(
						    p->head[i], p->n_head[i]) };
	enum rc rc = digest_texts(head, p->n, d->lanes, e);
	for (size_t i = 0; rc == RC_OK && i < p->n; i++)
		memcpy(p->text.p + p->sum_at[i], head[i].sum, DIGEST_BYTES);
	if (rc == RC_OK)
		rc = digest_add(p->all, buf_span(&p->text), e);
	buf_cut(&p->text, 0);
	p->n = 0;
	return rc;
}

/* Append the path and the size of an input; `sum` is NULL if its first bytes
 * cannot be read. */
static enum rc
put(struct inputs_digest *d, struct part *p, const struct walk_entry *w,
    const uint8_t *sum, struct err *e)
{
	const uint64_t size = sum == NULL ? UNREADABLE : w->bytes;

	buf_put(&p->text, span_of(w->path, strlen(w->path) + 1));
	for (unsigned i = 0; i < sizeof(size); i++)
		buf_byte(&p->text, (uint8_t)(size >> 8 * i));
	if (sum != NULL)
		buf_put(&p->text, span_of(sum, DIGEST_BYTES));
	return p->text.full || p->text.n > TEXT_MAX ? flush(d, p, e) : RC_OK;
}

/* Read the first bytes of an input. O_NONBLOCK: a FIFO in the place of the file
 * must not block. */
static enum rc
add_read(struct inputs_digest *d, struct part *p, const struct walk_entry *w,
    struct err *e)
{
	static const uint8_t later[DIGEST_BYTES] = { 0 };
	struct io_read r = { -1, 0, p->head[p->n], INPUTS_DIGEST_HEAD,
		w->path };
	struct err ignored;
	size_t n = 0;

	if (d->stop != NULL && *d->stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	if (w->why == NULL)
		r.fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const bool read = r.fd != -1 && io_pread(&r, &n, &ignored) == RC_OK;
	if (r.fd != -1)
		(void)close(r.fd);
	if (read) {
		p->n_head[p->n] = n;
		p->sum_at[p->n++] =
		    p->text.n + strlen(w->path) + 1 + sizeof(w->bytes);
	}
	const enum rc rc = put(d, p, w, read ? later : NULL, e);
	return rc == RC_OK && p->n == LANES ? flush(d, p, e) : rc;
}

/* --- all inputs ----------------------------------------------------------- */

static enum rc
read_large(struct inputs_digest *d, const struct walk *w, struct err *e)
{
	struct sorter_reader *list = NULL;
	struct walk_entry entry;

	enum rc rc = walk_read(&list, w, e);
	while (
	    rc == RC_OK && (rc = walk_next_entry(list, &entry, e)) == RC_OK) {
		if (!is_small(&entry))
			rc = add_read(d, &d->large, &entry, e);
	}
	sorter_reader_destroy(list);
	return rc == RC_END ? flush(d, &d->large, e) : rc;
}

enum rc
inputs_digest_create(struct inputs_digest **dp, const struct walk *w,
    const volatile sig_atomic_t *stop, struct err *e)
{
	struct inputs_digest *const d = calloc(1, sizeof(*d));

	*dp = d;
	if (d == NULL)
		return err_nomem(e);
	d->stop = stop;
	d->lanes = digest_lanes_available();
	enum rc rc = init_part(&d->small, e);
	if (rc == RC_OK)
		rc = init_part(&d->large, e);
	if (rc == RC_OK)
		rc = read_large(d, w, e);
	return rc == RC_OK ? walk_read(&d->list, w, e) : rc;
}

void
inputs_digest_destroy(struct inputs_digest *d)
{
	if (d == NULL)
		return;
	sorter_reader_destroy(d->list);
	free_part(&d->small);
	free_part(&d->large);
	free(d);
}

/* Get the input with this number, and read the small logs before it. RC_END if
 * there is none. */
static enum rc
go_to(struct inputs_digest *d, uint64_t number, struct walk_entry *w,
    struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && (rc = walk_next_entry(d->list, w, e)) == RC_OK) {
		if (d->next++ == number)
			return RC_OK;
		if (is_small(w))
			rc = add_read(d, &d->small, w, e);
	}
	return rc;
}

enum rc
inputs_digest_add_source(
    struct inputs_digest *d, const struct finished_source *s, struct err *e)
{
	const struct source_entry *const line = &s->line;
	uint8_t sum[DIGEST_BYTES];
	struct walk_entry w;

	/* It is another log of an archive. */
	if (s->input < d->next)
		return RC_OK;
	const enum rc rc = go_to(d, s->input, &w, e);
	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%.400s is a source of input %llu, which does not exist",
		    line->name, (unsigned long long)s->input);
	if (rc != RC_OK || !is_small(&w))
		return rc;
	const bool whole = (s->whole || line->duplicate_of != NULL) &&
			   line->bytes == w.bytes &&
			   digest_is_hex(line->sha256) &&
			   digest_unhex(span_str(line->sha256), sum);
	return put(d, &d->small, &w, whole ? sum : NULL, e);
}

enum rc
inputs_digest_end(
    struct inputs_digest *d, char sha256[DIGEST_HEX], struct err *e)
{
	uint8_t sums[2][DIGEST_BYTES];
	uint8_t both[DIGEST_BYTES];
	struct walk_entry w;

	enum rc rc = go_to(d, UINT64_MAX, &w, e);
	if (rc == RC_END)
		rc = flush(d, &d->small, e);
	if (rc == RC_OK)
		rc = digest_final(d->small.all, sums[0], e);
	if (rc == RC_OK)
		rc = digest_final(d->large.all, sums[1], e);
	if (rc == RC_OK)
		rc = digest_once(span_of(sums, sizeof(sums)), both, e);
	if (rc == RC_OK)
		digest_hex(both, sizeof(both), sha256);
	return rc;
}
