/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "input/file_type.h"
#include "input/unpack_list.h"
#include "util/mix.h"

/* Bytes kept of the end of a stream, which must contain the directory. */
#define TAIL_BYTES ((size_t)8 << 20)

/* Maximum number of entries searched for a name. */
#define SEARCH_MAX 256U

enum kind { KIND_OTHER, KIND_LOG, KIND_ARCHIVE };

/* A member that was read from the archive. */
struct unpack_given {
	uint64_t name; /* hash of the name; 0: it has none */
	uint64_t at;   /* offset of its header or before; or UNPACK_IN_ORDER */
	enum kind kind;
};

static uint64_t
hash(const char *name)
{
	return mix_bytes(0, span_str(name)) | 1;
}

static enum kind
kind_of(const char *name)
{
	return file_type_is_log_name(name)       ? KIND_LOG
	       : file_type_is_archive_name(name) ? KIND_ARCHIVE
						 : KIND_OTHER;
}

enum rc
unpack_list_given(
    struct unpack *u, const struct unpack_member *m, uint64_t at, struct err *e)
{
	struct unpack_list *const l = &u->list;

	if (m->number > l->cap) {
		const size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
		struct unpack_given *const more =
		    realloc(l->given, cap * sizeof(*more));
		if (more == NULL)
			return err_nomem(e);
		l->given = more;
		l->cap = cap;
	}
	l->given[m->number - 1] = (struct unpack_given){
		.name = m->nameless ? 0 : hash(m->name),
		.at = at,
		.kind = kind_of(m->name),
	};
	l->n_given = m->number;
	return RC_OK;
}

/* --- reading the directory ------------------------------------------------ */

/* Store bytes in a ring buffer: the first ones are overwritten. */
enum rc
unpack_list_pass(struct unpack *u, struct span bytes, struct err *e)
{
	struct unpack_list *const l = &u->list;

	if (l->passed == 0 && (bytes.n < 2 || memcmp(bytes.p, "PK", 2) != 0))
		return RC_OK;
	if (l->tail == NULL && (l->tail = malloc(TAIL_BYTES)) == NULL)
		return err_nomem(e);
	if (bytes.n > TAIL_BYTES) {
		const size_t skip = bytes.n - TAIL_BYTES;
		bytes = span_of(bytes.p + skip, TAIL_BYTES);
		l->passed += skip;
	}
	const size_t at = (size_t)(l->passed % TAIL_BYTES);
	const size_t end = TAIL_BYTES - at;
	const size_t n = bytes.n < end ? bytes.n : end;
	memcpy(l->tail + at, bytes.p, n);
	memcpy(l->tail, bytes.p + n, bytes.n - n);
	l->passed += bytes.n;
	return RC_OK;
}

/* Put the last bytes of the stream in their order. */
static enum rc
end_of_stream(
    struct unpack_list *l, uint8_t **p, struct zipdir_end *end, struct err *e)
{
	const size_t n =
	    l->passed < TAIL_BYTES ? (size_t)l->passed : TAIL_BYTES;
	const size_t first = (size_t)((l->passed - n) % TAIL_BYTES);

	*p = malloc(n + 1);
	if (*p == NULL)
		return err_nomem(e);
	const size_t k = n < TAIL_BYTES - first ? n : TAIL_BYTES - first;
	if (n != 0) {
		memcpy(*p, l->tail + first, k);
		memcpy(*p + k, l->tail, n - k);
	}
	*end = (struct zipdir_end){ span_of(*p, n), l->passed - n, -1 };
	return RC_OK;
}

static enum rc
end_of_file(
    const struct unpack *u, uint8_t **p, struct zipdir_end *end, struct err *e)
{
	*p = malloc(ZIPDIR_END_BYTES);
	return *p == NULL ? err_nomem(e)
			  : zipdir_end_of(u->from.fd, u->from.name, *p, end, e);
}

enum rc
unpack_list_read(struct unpack *u, struct err *e)
{
	struct unpack_list *const l = &u->list;
	struct zipdir_end end;
	uint8_t *bytes = NULL;
	struct err why;

	if (l->read)
		return RC_OK;
	l->read = true;
	err_clear(&why);
	enum rc rc = u->from.fd == -1 ? end_of_stream(l, &bytes, &end, &why)
				      : end_of_file(u, &bytes, &end, &why);
	if (rc == RC_OK)
		rc = zipdir_read(&l->dir, &end, &why);
	free(bytes);
	if (rc == RC_OK || rc == RC_END)
		return RC_OK;
	if (why.why != WHY_MEMORY) {
		u->broken = why; /* it is unknown whether all members came */
		u->broken.rc = RC_SKIP;
		return RC_OK;
	}
	*e = why;
	return RC_FATAL;
}

/* --- comparing ------------------------------------------------------------ */

/* Mark the first of these entries that has the name. */
static bool
match_name(struct zipdir *d, size_t from, size_t to, uint64_t name)
{
	for (size_t i = from; i < to; i++) {
		struct zipdir_entry *const entry = &d->entries[i];
		if (!entry->given && hash(entry->name) == name) {
			entry->given = true;
			return true;
		}
	}
	return false;
}

/* Mark the entry of a member: the next with its name, or one with a wrong
 * offset in the directory; or the one at its offset, if the name is only
 * written differently. */
static void
match(struct zipdir *d, const struct unpack_given *g, uint64_t at)
{
	const size_t from = zipdir_from(d, at);
	const size_t to = d->n - from < SEARCH_MAX ? d->n : from + SEARCH_MAX;

	if (match_name(d, from, to, g->name) ||
	    match_name(
		d, from < SEARCH_MAX ? 0 : from - SEARCH_MAX, from, g->name))
		return;
	if (from < d->n && d->entries[from].offset == at &&
	    (g->name == 0 || g->kind == kind_of(d->entries[from].name)))
		d->entries[from].given = true;
}

static void
match_all(struct unpack_list *l)
{
	for (size_t i = 0; i < l->n_given && l->dir.n != 0; i++) {
		const struct unpack_given *const g = &l->given[i];
		if (g->at != UNPACK_IN_ORDER)
			match(&l->dir, g, g->at);
		else if (i < l->dir.n)
			match(&l->dir, g, l->dir.entries[i].offset);
	}
}

/* Read the rest of a stream for the directory at its end; libarchive may have
 * stopped before. */
static enum rc
drain(struct unpack *u, struct err *e)
{
	struct span s;
	struct err why;
	enum rc rc = RC_OK;

	while (u->from.fd == -1 && rc == RC_OK) {
		rc = stream_next(u->from.stream, &s, &why);
		if (rc == RC_OK)
			rc = unpack_list_pass(u, s, &why);
	}
	if (rc == RC_FATAL)
		*e = why;
	return rc == RC_FATAL ? rc : RC_OK;
}

/* Report that members may be missing, since the directory is incomplete. One
 * that is too long to be read still has the number of members. */
static void
doubt(struct unpack *u)
{
	const struct zipdir *const d = &u->list.dir;

	if (u->broken.rc != RC_OK || d->whole)
		return;
	if (d->total == 0 || d->found)
		(void)err_set(&u->broken, RC_SKIP, WHY_CORRUPT,
		    "%s: its list of members is damaged or away, so there may "
		    "be more than the %llu that were found",
		    u->from.name, (unsigned long long)u->list.n_given);
	else if (d->total != u->list.n_given)
		(void)err_set(&u->broken, RC_SKIP, WHY_CORRUPT,
		    "%s lists %llu members, and %llu were found: it is damaged",
		    u->from.name, (unsigned long long)d->total,
		    (unsigned long long)u->list.n_given);
}

/* All members were read: compare them with the directory. */
enum rc
unpack_list_end(struct unpack *u, struct err *e)
{
	enum rc rc = drain(u, e);

	if (rc == RC_OK)
		rc = unpack_list_read(u, e);
	if (rc != RC_OK)
		return rc;
	u->listing = true;
	match_all(&u->list);
	doubt(u);
	return RC_OK;
}

const char *
unpack_list_lost(struct unpack *u)
{
	struct unpack_list *const l = &u->list;

	while (l->next < l->dir.n && l->dir.entries[l->next].given)
		l->next++;
	return l->next == l->dir.n ? NULL : l->dir.entries[l->next++].name;
}

void
unpack_list_free(struct unpack *u)
{
	free(u->list.given);
	free(u->list.tail);
	zipdir_free(&u->list.dir);
}
