/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "input/file_type.h"
#include "input/unpack_list.h"
#include "util/array.h"
#include "util/mix.h"

/* Number of bytes kept of the end of a stream; they must contain the directory.
 */
#define TAIL_BYTES ((size_t)8 << 20)

/* Maximum number of entries searched for a name before and after its place. */
#define SEARCH_MAX 256U

enum kind { KIND_OTHER, KIND_LOG, KIND_ARCHIVE };

/* A member that was read from the archive. */
struct unpack_given {
	uint64_t name; /* hash of the name; 0: the member has no name */
	/* Offset of the header, or a lower one; or UNPACK_IN_ORDER. */
	uint64_t at;
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

	struct unpack_given *const given = array_grow(
	    l->given, (size_t)m->number - 1, &l->cap, sizeof(*given));
	if (given == NULL)
		return err_nomem(e);
	l->given = given;
	l->given[m->number - 1] = (struct unpack_given){
		.name = m->nameless ? 0 : hash(m->name),
		.at = at,
		.kind = kind_of(m->name),
	};
	l->n_given = m->number;
	return RC_OK;
}

/* --- reading the directory ------------------------------------------------ */

/* Store the bytes of a zip in a ring buffer, which keeps the last ones. */
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

/* Read the directory at the end of the file, or from the last bytes of the
 * stream, which are first copied out of the ring buffer. */
enum rc
unpack_list_read(struct unpack *u, struct err *e)
{
	struct unpack_list *const l = &u->list;
	const bool stream = u->from.fd == -1;
	const size_t kept =
	    l->passed < TAIL_BYTES ? (size_t)l->passed : TAIL_BYTES;
	struct zipdir_end end;
	struct err why;
	enum rc rc = RC_OK;

	if (l->read)
		return RC_OK;
	l->read = true;
	uint8_t *const bytes = malloc(stream ? kept + 1 : ZIPDIR_END_BYTES);
	if (bytes == NULL)
		return err_nomem(e);
	if (stream) {
		const size_t at = (size_t)((l->passed - kept) % TAIL_BYTES);
		const size_t left = TAIL_BYTES - at;
		const size_t n = kept < left ? kept : left;
		if (kept != 0) {
			memcpy(bytes, l->tail + at, n);
			memcpy(bytes + n, l->tail, kept - n);
		}
		end = (struct zipdir_end){ span_of(bytes, kept),
			l->passed - kept, -1 };
	} else {
		rc = zipdir_end_of(u->from.fd, u->from.name, bytes, &end, &why);
	}
	if (rc == RC_OK)
		rc = zipdir_read(&l->dir, &end, &why);
	free(bytes);
	if (rc == RC_OK || rc == RC_END)
		return RC_OK;
	if (why.why == WHY_MEMORY) {
		*e = why;
		return RC_FATAL;
	}
	u->broken = why; /* it is unknown whether all members were read */
	u->broken.rc = RC_SKIP;
	return RC_OK;
}

/* --- comparing ------------------------------------------------------------ */

/* Mark the directory entry of each member that was read: an unmarked entry with
 * its name, first from its offset on and then before it, since offsets in the
 * directory may be wrong. If no entry has the name, the entry at its offset is
 * marked, whose name may only be written differently. */
static void
match_all(struct unpack_list *l)
{
	struct zipdir *const d = &l->dir;

	for (size_t i = 0; i < l->n_given && d->n != 0; i++) {
		const struct unpack_given *const g = &l->given[i];
		if (g->at == UNPACK_IN_ORDER && i >= d->n)
			continue;
		const uint64_t at =
		    g->at == UNPACK_IN_ORDER ? d->entries[i].offset : g->at;
		const size_t first = zipdir_from(d, at);
		const size_t from = first < SEARCH_MAX ? 0 : first - SEARCH_MAX;
		const size_t to =
		    d->n - first < SEARCH_MAX ? d->n : first + SEARCH_MAX;
		struct zipdir_entry *entry =
		    &d->entries[first < to ? first : from];
		size_t left = to - from;
		while (left > 0 &&
		       (entry->given || hash(entry->name) != g->name)) {
			entry = entry + 1 < d->entries + to ? entry + 1
							    : d->entries + from;
			left--;
		}
		if (left > 0)
			entry->given = true;
		else if (first < d->n && d->entries[first].offset == at &&
			 (g->name == 0 ||
			     g->kind == kind_of(d->entries[first].name)))
			d->entries[first].given = true;
	}
}

/* libarchive may have stopped before the end of a stream, where the directory
 * is. An incomplete directory is reported, since members may be missing. If the
 * directory is too long to be read, only the numbers of members are compared.
 */
enum rc
unpack_list_end(struct unpack *u, struct err *e)
{
	const struct zipdir *const d = &u->list.dir;
	const unsigned long long given = u->list.n_given;
	struct span s;
	struct err why;
	enum rc rc = RC_OK;

	while (u->from.fd == -1 && rc == RC_OK) {
		rc = stream_next(u->from.stream, &s, &why);
		if (rc == RC_OK)
			rc = unpack_list_pass(u, s, &why);
	}
	if (rc == RC_FATAL) {
		*e = why;
		return rc;
	}
	rc = unpack_list_read(u, e);
	if (rc != RC_OK)
		return rc;
	u->listing = true;
	match_all(&u->list);
	if (u->broken.rc != RC_OK || d->whole)
		return RC_OK;
	if (d->total == 0 || d->found)
		(void)err_set(&u->broken, RC_SKIP, WHY_CORRUPT,
		    "%s: its list of members is damaged or missing, so there "
		    "may be more members than the %llu that were found",
		    u->from.name, given);
	else if (d->total != given)
		(void)err_set(&u->broken, RC_SKIP, WHY_CORRUPT,
		    "%s is damaged: it lists %llu members, and %llu were found",
		    u->from.name, (unsigned long long)d->total, given);
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
