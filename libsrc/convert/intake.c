/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "convert/archive.h"
#include "convert/intake.h"
#include "input/nested.h"
#include "input/source_name.h"
#include "input/stream.h"
#include "input/zipdir.h"
#include "util/io.h"
#include "util/sorter.h"

static enum rc
take_stream(struct intake *r, const char *name, struct nested *n, struct err *e)
{
	const struct stream stream = nested_stream(n);
	const struct source_item log = { .stream = &stream,
		.why = file_type_unsupported(n->first, name) };
	struct unpack_from archive = { .name = name };

	if (n->magic == FILE_TYPE_UNKNOWN)
		return source_reader_read(
		    r->reader, source_name_make(NULL, name), &log, e);
	const enum rc rc = nested_open(n, &r->spool, &archive, e);
	if (rc == RC_OK)
		return archive_read(r, &archive, e);
	return rc == RC_SKIP ? source_reader_fail(r->reader, name, e) : rc;
}

static enum rc
take_stdin(struct intake *r, const char *name, struct err *e)
{
	struct stream_file *f;
	struct nested n;

	enum rc rc = stream_file_create(&f, STDIN_FILENO, name, e);
	if (rc != RC_OK)
		return rc;
	nested_look(&n, stream_of_file(f));
	rc = take_stream(r, name, &n, e);
	nested_close(&n, &r->spool);
	stream_file_destroy(f);
	return rc;
}

/* A zip may be told by its end, if its beginning is damaged. */
static bool
is_archive(int fd, const char *path, struct span head)
{
	uint8_t room[ZIPDIR_END_BYTES];
	struct zipdir_end end;
	struct err e;

	if (file_type_of(head) != FILE_TYPE_UNKNOWN)
		return true;
	err_clear(&e);
	return !file_type_is_evtx(head) &&
	       zipdir_end_of(fd, path, room, &end, &e) == RC_OK &&
	       zipdir_is_there(&end);
}

/* The descriptor of an archive, or -1: a log. RC_SKIP: nobody knows. */
static enum rc
open_archive(const char *path, int *fd, struct err *e)
{
	uint8_t bytes[FILE_TYPE_BYTES];
	struct io_read head = { -1, 0, bytes, sizeof(bytes), path };
	size_t n = 0;

	*fd = -1;
	if (file_type_is_log_name(path))
		return RC_OK;
	head.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (head.fd == -1) {
		(void)err_sys(e, RC_SKIP, "open %s", path);
		return RC_SKIP;
	}
	const enum rc rc = io_pread(&head, &n, e);
	if (rc == RC_OK && is_archive(head.fd, path, span_of(bytes, n))) {
		*fd = head.fd;
		return RC_OK;
	}
	(void)close(head.fd);
	return rc == RC_OK ? RC_OK : RC_SKIP;
}

static enum rc
take_archive(struct intake *r, const char *path, int fd, struct err *e)
{
	char *const name = source_name_make(NULL, path);
	const struct unpack_from from = { .name = name, .fd = fd };

	const enum rc rc =
	    name == NULL ? err_nomem(e) : archive_read(r, &from, e);
	free(name);
	(void)close(fd);
	return rc;
}

static enum rc
take_entry(struct intake *r, const struct walk_entry *entry, struct err *e)
{
	struct source_item item = {
		.path = entry->path,
		.why = entry->why,
		.sys = entry->sys,
	};
	struct err failed;
	int fd = -1;

	if (entry->is_stdin)
		return take_stdin(r, entry->path, e);
	if (entry->why == NULL &&
	    open_archive(entry->path, &fd, &failed) == RC_SKIP) {
		failed.rc = RC_SKIP;
		item.failed = &failed;
	}
	if (fd != -1)
		return take_archive(r, entry->path, fd, e);
	return source_reader_read(
	    r->reader, source_name_make(NULL, entry->path), &item, e);
}

static enum rc
read_entry(struct intake *in, const struct walk_entry *entry, struct err *e)
{
	struct intake_state *const s = in->state;
	const uint64_t resumed = s->point.resumes ? 1 : 0;
	const uint64_t left_out = s->left_out;

	source_reader_set_input(in->reader, entry->path);
	if (!s->point.resumes)
		s->point.levels = 0;
	if (intake_state_leaves_out(&in->o->names, entry)) {
		s->left_out++;
		s->found[entry->operand] = true;
		return RC_OK;
	}
	const uint64_t before =
	    sources_count(in->sources) - in->without_logs - resumed;
	const enum rc rc = take_entry(in, entry, e);
	if (s->left_out != left_out ||
	    (rc == RC_OK &&
		sources_count(in->sources) - in->without_logs != before))
		s->found[entry->operand] = true;
	return rc;
}

enum rc
intake_read(struct intake *in, const struct walk *walk, struct err *e)
{
	const uint64_t first = in->state->point.entry;
	struct sorter_reader *list = NULL;
	struct walk_entry entry;

	enum rc rc = walk_read(&list, walk, e);
	for (uint64_t i = 0; rc == RC_OK; i++) {
		rc = walk_next(list, &entry, e);
		if (rc != RC_OK || i < first)
			continue;
		in->state->point.entry = i;
		rc = read_entry(in, &entry, e);
	}
	sorter_reader_destroy(list);
	return rc == RC_END ? RC_OK : rc;
}
