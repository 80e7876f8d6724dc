/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "convert/coverage_store.h"
#include "convert/sources.h"
#include "coverage/coverage_state.h"

struct sources {
	struct pending_sources pending;
	/* Sources whose results are complete; NULL after sources_forget(). */
	struct finished_sources *finished;
	/* Coverage of each source; NULL: it is not kept. */
	struct coverage_store *coverage;
	uint64_t first; /* number of the first source of this run */
	uint64_t n;     /* number of the next source that is added */
};

enum rc
sources_create(
    struct sources **sp, const struct sources_options *o, struct err *e)
{
	struct sources *const s = calloc(1, sizeof(*s));

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	s->first = o->first;
	s->n = o->first;
	const enum rc rc = finished_sources_create(
	    &s->finished, o->dirfd, o->scratch, o->first, e);
	if (rc != RC_OK || !o->keeps_census)
		return rc;
	return coverage_store_create(&s->coverage, o->dirfd, o->scratch, e);
}

void
sources_destroy(struct sources *s)
{
	if (s == NULL)
		return;
	sources_forget(s);
	coverage_store_destroy(s->coverage);
	free(s);
}

void
sources_forget(struct sources *s)
{
	pending_sources_clear(&s->pending);
	finished_sources_destroy(s->finished);
	s->finished = NULL;
}

/* --- pending sources ------------------------------------------------------ */

enum rc
sources_add(struct sources *s, char *name,
    const char archive_sha256[DIGEST_HEX], struct pending_source **added,
    struct err *e)
{
	struct pending_source *const one =
	    name == NULL ? NULL : pending_sources_add(&s->pending, name);

	*added = one;
	if (one == NULL)
		return err_nomem(e);
	one->number = s->n++;
	memcpy(one->line.archive_sha256, archive_sha256, DIGEST_HEX);
	return RC_OK;
}

struct pending_source *
sources_last(const struct sources *s)
{
	return s->pending.last;
}

struct pending_source *
sources_first_pending(const struct sources *s)
{
	return s->pending.first;
}

size_t
sources_pending(const struct sources *s)
{
	return s->pending.n;
}

uint64_t
sources_count(const struct sources *s)
{
	return s->n;
}

enum rc
sources_finish(struct sources *s, struct err *e)
{
	struct pending_source *one;
	struct finished_source to;

	while ((one = s->pending.first) != NULL && one->read && one->ended &&
	       one->out == 0) {
		/* The padding of `to` is written too. */
		memset(&to, 0, sizeof(to));
		to.number = one->number;
		to.line = one->line;
		to.input = one->input;
		to.first_time = one->first_time;
		to.head = one->head;
		to.whole = one->whole;
		to.log = one->log;
		memcpy(to.before, one->before, sizeof(to.before));
		enum rc rc =
		    one->reopened
			? finished_sources_add_deferred(s->finished, &to, e)
			: finished_sources_add(s->finished, &to, e);
		if (rc == RC_OK && s->coverage != NULL)
			rc = coverage_store_put(
			    s->coverage, one->number, one->coverage, e);
		if (rc != RC_OK)
			return rc;
		pending_sources_remove_first(&s->pending);
	}
	return RC_OK;
}

/* --- finished sources ----------------------------------------------------- */

enum rc
sources_set_archive(struct sources *s, uint64_t from,
    const char sha256[DIGEST_HEX], struct err *e)
{
	return finished_sources_set_archive(s->finished, from, sha256, e);
}

void
sources_rewind(struct sources *s)
{
	if (s->finished != NULL)
		finished_sources_rewind(s->finished);
}

enum rc
sources_next(struct sources *s, struct finished_source *source, struct err *e)
{
	return s->finished == NULL
		   ? RC_END
		   : finished_sources_next(s->finished, source, e);
}

enum rc
sources_census(
    struct sources *s, uint64_t number, struct coverage **logs, struct err *e)
{
	*logs = NULL;
	return s->coverage == NULL
		   ? RC_OK
		   : coverage_store_get(s->coverage, number, logs, e);
}

/* --- deferred records ----------------------------------------------------- */

enum rc
sources_reopen(struct sources *s, uint64_t number,
    struct pending_source **found, struct err *e)
{
	struct finished_source from = { .number = 0 };
	struct coverage *logs = NULL;

	*found = s->pending.last;
	if (*found != NULL && (*found)->number == number)
		return RC_OK;
	enum rc rc = sources_end_deferred(s, e);
	do
		rc = rc == RC_OK ? sources_next(s, &from, e) : rc;
	while (rc == RC_OK && from.number != number);
	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "deferred records refer to source %llu, which was not "
		    "read",
		    (unsigned long long)number);
	if (rc != RC_OK)
		return rc;
	char *const name = strdup(from.line.name);
	struct pending_source *const one =
	    name == NULL ? NULL : pending_sources_add(&s->pending, name);
	*found = one;
	if (one == NULL)
		return err_nomem(e);
	one->reopened = true;
	one->ended = true;
	one->number = number;
	one->first_time = from.first_time;
	one->log = from.log;
	memcpy(one->before, from.before, sizeof(one->before));
	rc = sources_census(s, number, &logs, e);
	if (logs != NULL) {
		coverage_destroy(one->coverage);
		one->coverage = logs;
	}
	return rc;
}

enum rc
sources_end_deferred(struct sources *s, struct err *e)
{
	if (s->pending.last != NULL)
		s->pending.last->read = true;
	return sources_finish(s, e);
}

void
sources_next_pass(struct sources *s)
{
	finished_sources_next_pass(s->finished);
}

/* --- checkpoints ---------------------------------------------------------- */

enum rc
sources_write_state(struct sources *s, struct state_writer *w, struct err *e)
{
	struct pending_source *const one = s->pending.first;

	assert(s->pending.n == 1 && !one->read);
	enum rc rc = finished_sources_write_state(s->finished, w, e);
	if (rc != RC_OK)
		return rc;
	pending_sources_write_state(one, w);
	coverage_state_write(one->coverage, w);
	return RC_OK;
}

enum rc
sources_read_state(struct sources *s, struct state_reader *r, struct err *e)
{
	static const char none[DIGEST_HEX] = "";
	struct pending_source *one = NULL;

	enum rc rc = finished_sources_read_state(s->finished, r, e);
	if (rc != RC_OK)
		return rc;
	s->n = s->first + finished_sources_count(s->finished);
	rc = sources_add(s, strdup(""), none, &one, e);
	if (rc != RC_OK)
		return rc;
	assert(one != NULL);
	rc = pending_sources_read_state(one, r, e);
	return rc == RC_OK ? coverage_state_read(one->coverage, r, e) : rc;
}
