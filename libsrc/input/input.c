/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/archive_sum.h"
#include "input/input.h"
#include "input/source_name.h"
#include "util/io.h"
#include "util/sorter.h"

/* Maximum number of damaged members of an archive that are examined: for each
 * of them, libarchive restarts at the first member of a zip. */
#define UNSEEN_MAX 16U

struct input {
	struct input_options o;
	/* Entries of the walk; NULL: only one archive is read. */
	struct sorter_reader *list;
	struct walk_entry entry;
	uint64_t n_entries; /* number of entries that were started */
	int fd;     /* descriptor of the entry's file; -1: none is open */
	char *name; /* name of the entry as a source; owned */
	struct stream_file *standard_input;

	/* The archive that is being read, and the archives inside it. */
	struct levels levels;
	struct archive_sum sum; /* digest of the outermost archive */
	bool in_archive;
	bool is_stream;
	bool sought; /* reading started at a member inside the archive */
	/* The last item reported that the archive cannot be read. */
	bool reported;
	uint64_t items; /* number of items of the archive so far */

	/* Bytes that were read of archives before the current one. */
	uint64_t bytes;
	bool seeking; /* members before `position` are skipped */
	struct input_position position;
	struct input_counts uncounted;
	struct input_counts *counts;
	struct input_item item;
};

/* --- items ---------------------------------------------------------------- */

/* Set the current item and its position. If the item was sought, the counts for
 * the limits continue from its position. */
static struct input_item *
set_item(struct input *in, enum input_kind kind, const char *name)
{
	struct input_position *const p = &in->position;

	for (size_t i = 0; i < in->levels.n; i++) {
		const struct levels_archive *const l = &in->levels.archives[i];
		struct unpack_used *const used = unpack_used(l->u);
		if (in->seeking)
			*used = p->levels[i].used;
		p->levels[i] = (struct input_level){ l->number, *used };
	}
	p->n_levels = in->levels.n;
	if (in->n_entries != 0)
		p->entry = in->n_entries - 1;
	in->seeking = false;
	in->item.kind = kind;
	in->item.name = name;
	memcpy(in->item.archive_sha256, in->sum.sha256, DIGEST_HEX);
	in->items++;
	in->reported = false;
	if (in->counts->found != NULL && kind != INPUT_EMPTY)
		in->counts->found[in->entry.operand] = true;
	return &in->item;
}

static enum rc
set_unreadable(struct input *in, const char *name, const struct err *why)
{
	set_item(in, INPUT_UNREADABLE, name)->why = *why;
	in->item.why.rc = RC_SKIP;
	return RC_OK;
}

static enum rc
set_unreadable_archive(
    struct input *in, const char *name, const struct err *why)
{
	(void)set_unreadable(in, name, why);
	in->item.is_archive = true;
	in->reported = in->levels.n == 0;
	return RC_OK;
}

/* Return an item that cannot be read. The reason is its name followed by
 * `what`. */
static enum rc
refuse(struct input *in, const char *name, const char *what)
{
	struct err why;

	(void)err_set(&why, RC_SKIP, WHY_CORRUPT, "%s %s", name, what);
	return set_unreadable(in, name, &why);
}

/* Close the file of the last item, unless the caller owns it. */
static void
reset_item(struct input *in)
{
	if (in->item.kind == INPUT_LOG && in->item.stream.next == NULL) {
		if (in->item.fd != -1)
			(void)close(in->fd);
		in->fd = -1;
	}
	memset(&in->item, 0, sizeof(in->item));
	in->item.fd = -1;
}

/* --- archives ------------------------------------------------------------- */

/* Finish the outermost archive after its last member. */
static enum rc
end_outermost(struct input *in, struct err *e)
{
	struct archive_sum *const sum = &in->sum;
	const uint64_t items = in->items;
	enum rc rc = RC_OK;

	in->in_archive = false;
	if (in->o.digests && in->is_stream)
		rc = archive_sum_stream_end(sum, e);
	else if (in->o.digests)
		archive_sum_file_end(sum, in->fd, in->name);
	if (in->fd != -1)
		(void)close(in->fd);
	in->fd = -1;
	if (rc == RC_OK && sum->broken.rc != RC_OK) {
		if (!in->reported)
			(void)set_unreadable_archive(
			    in, in->name, &sum->broken);
	} else if (rc == RC_OK && in->o.digests) {
		if (items == 0 && !in->sought)
			set_item(in, INPUT_EMPTY, in->name)->bytes = sum->size;
		else if (in->is_stream)
			set_item(in, INPUT_ARCHIVE_END, in->name)->items =
			    items;
	}
	archive_sum_reset(sum);
	return rc;
}

/* --- members -------------------------------------------------------------- */

static bool
wants_log(const struct input_filter *f, const char *inside)
{
	return f->wants_log == NULL || f->wants_log(f->ctx, inside);
}

static void
leave_out(struct input *in)
{
	in->counts->left_out++;
	if (in->counts->found != NULL)
		in->counts->found[in->entry.operand] = true;
}

/* Decide by the first bytes about a member whose name is neither a log's nor an
 * archive's, or about the content of a compressed file. */
static enum rc
read_by_content(struct input *in, const struct unpack_member *m,
    struct levels_probe *p, struct err *e)
{
	const struct input_filter *const f = &in->o.filter;
	const char *const name = levels_innermost(&in->levels)->name;
	const char *const why = file_type_unsupported(p->head, name);
	const bool log = file_type_is_evtx(p->head) ||
			 (m->alone && file_type_is_packed_log_name(
					  levels_name(&in->levels)));

	if (log && !wants_log(f, m->name)) {
		leave_out(in);
		return RC_OK;
	}
	if (why != NULL)
		return refuse(in, name, why);
	if (!log && m->alone)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s cannot be read as an archive: its compressed content "
		    "is neither a log nor a tar",
		    levels_name(&in->levels));
	if (log)
		set_item(in, INPUT_LOG, name)->stream =
		    stream_of_peek(&p->peek);
	else
		in->counts->passed++;
	return RC_OK;
}

/* Examine a member whose name is neither a log's nor an archive's. */
static enum rc
look_into(struct input *in, const struct unpack_member *m, struct err *e)
{
	struct levels_archive *const l = levels_innermost(&in->levels);

	if (l->unseen < UNSEEN_MAX) {
		struct levels_probe *const p = levels_probe(
		    &in->levels, levels_member_stream(&in->levels));
		if (p->peek.rc == RC_FATAL) {
			*e = p->peek.why;
			return RC_FATAL;
		}
		if (p->peek.rc != RC_SKIP)
			return read_by_content(in, m, p, e);
		l->unseen++;
	}
	in->counts->unseen++;
	in->counts->passed++;
	return RC_OK;
}

/* Examine a member whose name is that of an archive, or may be wrong. A
 * compressed log does not count as a level of nesting. */
static enum rc
read_archive_or_log(
    struct input *in, const struct unpack_member *m, struct err *e)
{
	const char *const name = levels_innermost(&in->levels)->name;
	const size_t depth = in->levels.n - 1;
	bool too_deep =
	    depth >= in->o.nesting &&
	    (depth >= LEVELS_INSIDE_MAX || !file_type_is_packed_log_name(name));
	const bool doubtful = m->doubtful && !m->nameless && !m->alone &&
			      !file_type_is_archive_name(m->name);

	const bool by_name = too_deep && file_type_is_archive_name(name);
	struct levels_probe *const p =
	    by_name
		? NULL
		: levels_probe(&in->levels, levels_member_stream(&in->levels));
	/* A tar with the name of a compressed log is not another level. */
	if (m->alone && !by_name && p->type == FILE_TYPE_TAR &&
	    depth < LEVELS_INSIDE_MAX)
		too_deep = false;
	if (by_name || (too_deep && p->type != FILE_TYPE_UNKNOWN)) {
		char outer[32] = "an archive";
		struct err why;
		if (depth != 0)
			(void)snprintf(
			    outer, sizeof(outer), "%zu archives", depth + 1);
		(void)err_set(&why, RC_SKIP, WHY_LIMIT,
		    "%s is an archive inside %s, which is not read "
		    "(--nesting)",
		    name, outer);
		return set_unreadable(in, name, &why);
	}
	const struct stream stream = stream_of_peek(&p->peek);
	if (p->type == FILE_TYPE_UNKNOWN && m->alone)
		return read_by_content(in, m, p, e);
	if (p->type == FILE_TYPE_UNKNOWN) {
		if (!doubtful || file_type_is_evtx(p->head))
			set_item(in, INPUT_LOG, name)->stream = stream;
		return RC_OK;
	}
	const enum rc rc = levels_enter(&in->levels, name, -1, stream, e);
	return rc == RC_SKIP ? set_unreadable_archive(in, name, e) : rc;
}

/* Decide what to do with a member. RC_SKIP if the archive is not to be read
 * further. */
static enum rc
begin_member(struct input *in, const struct unpack_member *m, struct err *e)
{
	static const char lost_text[] =
	    "is listed in the archive but missing at its place: the "
	    "archive is damaged";
	static const char *const refusals[] = {
		[UNPACK_LINK] = "is a link inside an archive",
		[UNPACK_SPECIAL] = "is not a regular file",
		[UNPACK_LOST] = lost_text,
	};
	const struct input_filter *const f = &in->o.filter;
	struct levels_archive *const l = levels_innermost(&in->levels);
	const bool file = m->kind == UNPACK_FILE;
	const bool lost = m->kind == UNPACK_LOST;
	const bool log = file_type_is_log_name(m->name);
	/* True if the name can be trusted. */
	const bool named = !m->nameless && !m->doubtful && !m->alone && !lost;
	const bool wanted = (!named && (file || m->nameless || lost)) || log ||
			    file_type_is_archive_name(m->name) ||
			    file_type_is_packed_log_name(m->name);

	if (m->kind == UNPACK_FOLDER)
		return RC_OK;
	if (!wanted && !file) {
		in->counts->passed++;
		return RC_OK;
	}
	if (named && log && !wants_log(f, m->name)) {
		leave_out(in);
		return RC_OK;
	}
	l->name = source_name_make(levels_name(&in->levels), m->name);
	if (l->name == NULL)
		return err_nomem(e);
	if (f->wants_member != NULL && !f->wants_member(f->ctx, l->name))
		return RC_OK;
	if (!file)
		return refuse(in, l->name, refusals[m->kind]);
	if (!wanted)
		return look_into(in, m, e);
	if (!log || m->alone)
		return read_archive_or_log(in, m, e);
	set_item(in, INPUT_LOG, l->name)->stream =
	    levels_member_stream(&in->levels);
	return RC_OK;
}

/* Go to the next member. Members before the position that is sought are
 * skipped. After the last member, or if the archive cannot be read further, the
 * archive is left. */
static enum rc
next_member(struct input *in, struct err *e)
{
	const volatile sig_atomic_t *const stop = in->o.spool->stop;
	const size_t depth = in->levels.n - 1;
	struct levels_archive *const l = levels_innermost(&in->levels);
	struct unpack_member m;
	struct err why;

	free(l->name);
	l->name = NULL;
	if (stop != NULL && *stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	enum rc rc = unpack_next(l->u, &m, &why);
	if (rc == RC_OK) {
		l->number = m.number;
		if (in->seeking && depth < in->position.n_levels &&
		    m.number < in->position.levels[depth].member)
			return RC_OK;
		rc = begin_member(in, &m, &why);
	}
	if (rc == RC_FATAL)
		*e = why;
	if (rc == RC_OK || rc == RC_FATAL)
		return rc;
	const char *const name = levels_name(&in->levels);
	if (depth == 0)
		in->bytes += unpack_position(l->u);
	levels_leave(&in->levels);
	if (rc == RC_SKIP)
		return set_unreadable_archive(in, name, &why);
	return depth == 0 ? end_outermost(in, e) : RC_OK;
}

/* --- entries -------------------------------------------------------------- */

/* Standard input is probed, since it cannot be read twice. */
static enum rc
begin_standard_input(struct input *in, struct err *e)
{
	enum rc rc = stream_file_create(
	    &in->standard_input, STDIN_FILENO, in->entry.path, e);

	if (rc != RC_OK)
		return rc;
	struct levels_probe *const p =
	    levels_probe(&in->levels, stream_of_file(in->standard_input));
	struct stream stream = stream_of_peek(&p->peek);
	if (p->type == FILE_TYPE_UNKNOWN) {
		const char *const why =
		    file_type_unsupported(p->head, in->name);
		if (why != NULL)
			return refuse(in, in->name, why);
		set_item(in, INPUT_LOG, in->name)->stream = stream;
		return RC_OK;
	}
	in->is_stream = true;
	in->sought = false;
	in->items = 0;
	if (in->o.digests)
		rc = archive_sum_stream(&in->sum, &stream, e);
	if (rc == RC_OK)
		rc = levels_enter(&in->levels, in->name, -1, stream, e);
	in->in_archive = rc == RC_OK;
	return rc == RC_SKIP ? set_unreadable_archive(in, in->name, e) : rc;
}

static enum rc
begin_path(struct input *in, const char *path, struct err *e)
{
	const bool log = file_type_is_log_name(path);
	uint8_t bytes[FILE_TYPE_BYTES];
	struct err why;
	size_t n = 0;

	/* O_NONBLOCK: a FIFO in the place of the file must not block. */
	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in->fd == -1) {
		(void)err_sys(&why, RC_SKIP, "open %s", path);
		return set_unreadable(in, in->name, &why);
	}
	const struct io_read head = { in->fd, 0, bytes, sizeof(bytes), path };
	if (!log && io_pread(&head, &n, &why) != RC_OK)
		return set_unreadable(in, in->name, &why);
	if (log || !levels_is_archive(in->fd, path, span_of(bytes, n))) {
		set_item(in, INPUT_LOG, in->name)->fd = in->fd;
		return RC_OK;
	}
	in->is_stream = false;
	in->sought = in->seeking;
	in->items = 0;
	if (in->o.digests) {
		const enum rc rc =
		    archive_sum_file(&in->sum, in->fd, in->name, e);
		if (rc == RC_SKIP)
			return set_unreadable_archive(in, in->name, e);
		if (rc != RC_OK)
			return rc;
	}
	in->in_archive = true;
	return levels_enter(
	    &in->levels, in->name, in->fd, (struct stream){ .next = NULL }, e);
}

static void
end_entry(struct input *in)
{
	if (in->fd != -1)
		(void)close(in->fd);
	in->fd = -1;
	free(in->name);
	in->name = NULL;
	stream_file_destroy(in->standard_input);
	in->standard_input = NULL;
}

static enum rc
next_entry(struct input *in, struct err *e)
{
	const struct walk_entry *const entry = &in->entry;
	struct err why;

	end_entry(in);
	if (in->list == NULL)
		return RC_END;
	const enum rc rc = walk_next_entry(in->list, &in->entry, e);
	if (rc != RC_OK)
		return rc;
	if (in->n_entries++ < in->position.entry && in->seeking)
		return RC_OK;
	if (input_leaves_out(&in->o.filter, entry)) {
		leave_out(in);
		return RC_OK;
	}
	in->name = source_name_make(NULL, entry->path);
	if (in->name == NULL)
		return err_nomem(e);
	if (entry->is_stdin)
		return begin_standard_input(in, e);
	if (entry->why == NULL)
		return begin_path(in, entry->path, e);
	if (entry->sys == 0)
		return refuse(in, in->name, entry->why);
	errno = entry->sys;
	(void)err_sys(&why, RC_SKIP, "%s %s", in->name, entry->why);
	return set_unreadable(in, in->name, &why);
}

/* --- the cursor ----------------------------------------------------------- */

enum rc
input_open(struct input **ip, const struct input_options *o,
    const struct walk *w, struct err *e)
{
	struct input *const in = calloc(1, sizeof(*in));

	*ip = in;
	if (in == NULL)
		return err_nomem(e);
	in->o = *o;
	in->counts = o->counts != NULL ? o->counts : &in->uncounted;
	in->levels.unpack = o->unpack;
	in->levels.spool = o->spool;
	in->sum.stop = o->spool->stop;
	in->sum.progress = o->progress;
	in->sum.ctx = o->ctx;
	in->fd = -1;
	in->item.fd = -1;
	return w == NULL ? RC_OK : walk_read(&in->list, w, e);
}

enum rc
input_open_archive(struct input **ip, const struct input_options *o,
    const char *path, int fd, struct err *e)
{
	const enum rc rc = input_open(ip, o, NULL, e);
	struct input *const in = *ip;

	if (rc != RC_OK) {
		(void)close(fd);
		return rc;
	}
	in->fd = fd;
	in->name = strdup(path);
	if (in->name == NULL)
		return err_nomem(e);
	in->in_archive = true;
	return levels_enter(
	    &in->levels, in->name, in->fd, (struct stream){ .next = NULL }, e);
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	reset_item(in);
	while (in->levels.n > 0)
		levels_leave(&in->levels);
	end_entry(in);
	archive_sum_reset(&in->sum);
	sorter_reader_destroy(in->list);
	free(in);
}

enum rc
input_next_log(struct input *in, struct input_item **item, struct err *e)
{
	enum rc rc = RC_OK;

	reset_item(in);
	while (rc == RC_OK && in->item.kind == INPUT_NONE)
		rc = in->levels.n != 0 ? next_member(in, e)
		     : in->in_archive  ? end_outermost(in, e)
				       : next_entry(in, e);
	*item = &in->item;
	return rc;
}

void
input_seek(struct input *in, const struct input_position *to)
{
	in->position = *to;
	in->seeking = true;
}

const struct input_position *
input_position(const struct input *in)
{
	return &in->position;
}

const char *
input_path(const struct input *in)
{
	return in->entry.path;
}

uint64_t
input_bytes(const struct input *in)
{
	const uint64_t done = in->bytes + in->sum.read;

	return in->levels.n == 0
		   ? done
		   : done + unpack_position(in->levels.archives[0].u);
}

/* For entries of a walk, patterns apply to names inside folders. begin_member()
 * applies them to the names of members. */
bool
input_leaves_out(const struct input_filter *f, const struct walk_entry *entry)
{
	return entry->inside != 0 && entry->log &&
	       !wants_log(f, entry->path + entry->inside);
}
