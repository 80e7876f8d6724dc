/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "convert/coverage_store.h"
#include "coverage/coverage_state.h"
#include "util/pages.h"
#include "util/state_codec.h"

#define CACHED ((size_t)16)
#define TEXT_MAX ((size_t)1 << 30)

struct coverage_store {
	/* For each source, 1 + the offset of its coverage in `texts`; 0: it has
	 * none. */
	struct pages *index;
	/* Coverages as text, each preceded by its length. */
	struct pages *texts;
	uint64_t end; /* length of `texts` in bytes */
	struct buf text;
};

enum rc
coverage_store_create(struct coverage_store **kp, int dirfd,
    struct scratch *scratch, struct err *e)
{
	const struct pages_options o = {
		.dirfd = dirfd, .scratch = scratch, .cached = CACHED
	};
	struct coverage_store *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	buf_init(&k->text, TEXT_MAX);
	const enum rc rc = pages_create(&k->index, &o, e);
	return rc == RC_OK ? pages_create(&k->texts, &o, e) : rc;
}

void
coverage_store_destroy(struct coverage_store *k)
{
	if (k == NULL)
		return;
	pages_destroy(k->index);
	pages_destroy(k->texts);
	buf_reset(&k->text);
	free(k);
}

enum rc
coverage_store_put(struct coverage_store *k, uint64_t number,
    struct coverage *coverage, struct err *e)
{
	const uint64_t place = k->end + 1;
	struct state_writer w;

	buf_cut(&k->text, 0);
	state_codec_write_begin(&w, &k->text);
	coverage_state_write(coverage, &w);
	enum rc rc = state_codec_write_end(&w, e);
	const uint64_t n = k->text.n;
	if (rc == RC_OK)
		rc = pages_write(k->texts, k->end, span_of(&n, sizeof(n)), e);
	if (rc == RC_OK)
		rc = pages_write(
		    k->texts, k->end + sizeof(n), buf_span(&k->text), e);
	if (rc == RC_OK)
		rc = pages_write(k->index, number * sizeof(place),
		    span_of(&place, sizeof(place)), e);
	k->end += sizeof(n) + n;
	return rc;
}

/* Read the text of a coverage at this offset of `texts`. */
static enum rc
read_text(struct coverage_store *k, uint64_t at, struct err *e)
{
	uint64_t n = 0;

	enum rc rc = pages_read(k->texts, at, &n, sizeof(n), e);
	if (rc != RC_OK)
		return rc;
	buf_cut(&k->text, 0);
	if (n > TEXT_MAX || buf_room(&k->text, (size_t)n) == NULL)
		return err_nomem(e);
	rc = pages_read(k->texts, at + sizeof(n), k->text.p, (size_t)n, e);
	k->text.n = (size_t)n;
	return rc;
}

enum rc
coverage_store_get(struct coverage_store *k, uint64_t number,
    struct coverage **found, struct err *e)
{
	struct coverage *coverage = NULL;
	uint64_t place = 0;
	struct state_reader r;

	*found = NULL;
	enum rc rc = pages_read(
	    k->index, number * sizeof(place), &place, sizeof(place), e);
	if (rc != RC_OK || place == 0)
		return rc;
	rc = read_text(k, place - 1, e);
	if (rc == RC_OK)
		rc = state_codec_read_begin(
		    &r, buf_span(&k->text), "a temporary file", e);
	if (rc == RC_OK)
		rc = coverage_create(&coverage, e);
	if (rc == RC_OK)
		rc = coverage_state_read(coverage, &r, e);
	if (rc == RC_OK)
		rc = state_codec_read_end(&r, e);
	if (rc == RC_OK)
		*found = coverage;
	else
		coverage_destroy(coverage);
	return rc;
}
