/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/moved_inputs.h"
#include "input/source_name.h"
#include "util/io.h"
#include "util/sorter.h"

#define PIECE ((size_t)256 << 10)
#define INSIDE "!/" /* separates the names of an archive and of a member */

static enum rc
refuse(const char *path, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "cannot resume: the part of %.300s that was read has other bytes "
	    "now: restore it, or start anew with --force",
	    path);
}

/* --- inputs that were read to their end ----------------------------------- */

/* The digest of the whole input in the interrupted run, if this source is the
 * input or a member of it; else NULL. */
static const char *
digest_then(const struct source_entry *s, const char *input)
{
	const size_t n = strlen(input);

	if (strncmp(s->name, input, n) != 0)
		return NULL;
	if (s->archive_sha256[0] != '\0')
		return s->name[n] == '\0' ||
			       strncmp(s->name + n, INSIDE, 2) == 0
			   ? s->archive_sha256
			   : NULL;
	return s->name[n] == '\0' && s->sha256[0] != '\0' ? s->sha256 : NULL;
}

/* Compare an input with its digest in this source. *same is true if the source
 * is from the input and the input has not changed. An input that the
 * interrupted run could not read must still be unreadable. */
static enum rc
compare_whole(const struct moved_inputs *r, const char *path,
    const struct source_entry *s, bool *same, struct err *e)
{
	char now[DIGEST_HEX] = "";
	char *const name = source_name_make(NULL, path);

	*same = false;
	if (name == NULL)
		return err_nomem(e);
	const char *then = digest_then(s, name);
	if (then == NULL && s->error != NULL && strcmp(s->name, name) == 0)
		then = "";
	free(name);
	if (then == NULL)
		return RC_OK;
	const enum rc rc = source_digest(path, r->digest, now, e);
	if (rc != RC_OK && rc != RC_SKIP)
		return rc;
	*same = strcmp(rc == RC_SKIP ? "" : now, then) == 0;
	return *same ? RC_OK : refuse(path, e);
}

/* Sources are in the order of inputs, so one of the next sources must be from
 * this input. */
static enum rc
compare_finished(const struct moved_inputs *r, const char *path, struct err *e)
{
	struct finished_source record;
	enum rc rc = RC_OK;
	bool same = false;

	while (rc == RC_OK && !same) {
		rc = sources_next(r->sources, &record, e);
		if (rc == RC_OK)
			rc = compare_whole(r, path, &record.line, &same, e);
	}
	return rc == RC_END ? refuse(path, e) : rc;
}

/* --- the input that was being read ---------------------------------------- */

static enum rc
digest_prefix(
    int fd, const char *path, uint64_t n, struct digest *d, struct err *e)
{
	uint8_t *const bytes = malloc(PIECE);
	struct io_read in = { fd, 0, bytes, PIECE, path };
	size_t got = 0;
	enum rc rc = bytes == NULL ? err_nomem(e) : RC_OK;

	while (rc == RC_OK && in.off < n) {
		in.n = n - in.off < PIECE ? (size_t)(n - in.off) : PIECE;
		rc = io_pread(&in, &got, e);
		if (rc == RC_OK && got == 0)
			break;
		if (rc == RC_OK)
			rc = digest_add(d, span_of(bytes, got), e);
		in.off += got;
	}
	free(bytes);
	return rc;
}

/* Compare the bytes that the interrupted run had read with the same bytes now,
 * by their digests. */
static enum rc
compare_prefix(const char *path, const struct source_point *then, struct err *e)
{
	uint8_t sums[2][DIGEST_BYTES];
	struct digest *d = NULL;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", path);
	enum rc rc = digest_create(&d, e);
	if (rc == RC_OK) {
		digest_restore(d, &then->digest);
		rc = digest_final(d, sums[0], e);
	}
	if (rc == RC_OK)
		rc = digest_restart(d, e);
	if (rc == RC_OK)
		rc = digest_prefix(fd, path, then->hashed, d, e);
	if (rc == RC_OK)
		rc = digest_final(d, sums[1], e);
	digest_destroy(d);
	(void)close(fd);
	if (rc == RC_OK && memcmp(sums[0], sums[1], DIGEST_BYTES) != 0)
		return refuse(path, e);
	return rc;
}

/* Compare the input that was being read. An archive is compared by the digest
 * of the whole archive. */
static enum rc
compare_current(const struct moved_inputs *r, const char *path, struct err *e)
{
	const struct source_entry *const line = &sources_last(r->sources)->line;
	bool same;

	if (r->state->point.input.n_levels == 0 &&
	    line->archive_sha256[0] == '\0')
		return compare_prefix(path, &r->state->point.source, e);
	const enum rc rc = compare_whole(r, path, line, &same, e);
	return rc == RC_OK && !same ? refuse(path, e) : rc;
}

enum rc
moved_inputs_check(const struct moved_inputs *r, struct err *e)
{
	const struct input_filter filter = intake_state_filter(r->names);
	struct sorter_reader *list = NULL;
	struct walk_entry entry;

	sources_rewind(r->sources);
	enum rc rc = walk_read(&list, r->walk, e);
	for (uint64_t i = 0; rc == RC_OK && i <= r->state->point.input.entry;
	     i++) {
		rc = walk_next_entry(list, &entry, e);
		if (rc != RC_OK || input_leaves_out(&filter, &entry))
			continue;
		rc = i < r->state->point.input.entry
			 ? compare_finished(r, entry.path, e)
			 : compare_current(r, entry.path, e);
	}
	sorter_reader_destroy(list);
	return rc == RC_END ? RC_OK : rc;
}
