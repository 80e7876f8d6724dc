/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stage/frame_writer.h"
#include "stage/segment_writer.h"
#include "util/async_file.h"
#include "util/digest_thread.h"
#include "util/io.h"
#include "util/prefix.h"

/* The thread that digests the lines also copies them to memory of `file`, or
 * put_lines() adds them to `frames`. So the owner may use `file`, `frames` and
 * the members that these functions write only when all lines are digested. */
struct segment_writer {
	struct digest_thread *lines_digest; /* digest of the lines */
	struct async_file *file;
	/* Return value of digest_thread_add() for the last lines added. */
	uint64_t mark;
	struct manifest_segment *now; /* the open segment; NULL: none is open */

	/* For compressed segments; NULL if segments are plain. */
	struct frame_writer *frames;
	struct digest *digest; /* digest of the compressed file */

	/* Members that are saved in a checkpoint: */
	bool was_open;   /* a segment was open at the checkpoint */
	struct buf rest; /* bytes at the end of the file that were not on the
			    disk */
	struct digest_state lines_state; /* state of `lines_digest` */
	struct digest_state state;       /* state of `digest` */
};

/* The function `put` of struct frame_writer_options: append bytes to the file
 * of a compressed segment. */
static enum rc
put_frame(void *arg, struct span bytes, struct err *e)
{
	struct segment_writer *const w = arg;
	const enum rc rc = digest_add(w->digest, bytes, e);

	w->now->bytes += bytes.n;
	return rc == RC_OK ? async_file_add(w->file, bytes, e) : rc;
}

/* The function `room` of struct digest_thread_options, for plain segments. */
static uint8_t *
lines_room(void *arg, size_t *n)
{
	const struct segment_writer *const w = arg;

	return async_file_room(w->file, n);
}

/* The function `put` of struct digest_thread_options: write digested lines. */
static enum rc
put_lines(void *arg, struct span lines, struct err *e)
{
	struct segment_writer *const w = arg;

	if (w->frames != NULL)
		return frame_writer_add(w->frames, lines, e);
	w->now->bytes += lines.n;
	return async_file_fill(w->file, lines.n, e);
}

enum rc
segment_writer_create(
    struct segment_writer **wp, int level, unsigned threads, struct err *e)
{
	struct segment_writer *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	buf_init(&w->rest, ASYNC_FILE_BLOCK);
	const struct digest_thread_options d = {
		.put = put_lines,
		.room = level == 0 ? lines_room : NULL,
		.arg = w,
	};
	const struct frame_writer_options o = {
		.level = level, .threads = threads, .put = put_frame, .arg = w
	};
	enum rc rc = digest_thread_create(&w->lines_digest, &d, e);
	if (rc == RC_OK)
		rc = async_file_create(&w->file, e);
	if (rc == RC_OK && level != 0)
		rc = digest_create(&w->digest, e);
	if (rc == RC_OK && level != 0)
		rc = frame_writer_create(&w->frames, &o, e);
	if (rc != RC_OK) {
		segment_writer_destroy(w);
		return rc;
	}
	*wp = w;
	return RC_OK;
}

void
segment_writer_destroy(struct segment_writer *w)
{
	if (w == NULL)
		return;
	digest_thread_destroy(w->lines_digest);
	frame_writer_destroy(w->frames);
	async_file_destroy(w->file);
	digest_destroy(w->digest);
	buf_reset(&w->rest);
	free(w);
}

enum rc
segment_writer_begin(
    struct segment_writer *w, int fd, struct manifest_segment *s, struct err *e)
{
	async_file_begin(w->file, fd, s->name);
	w->now = s;
	s->compressed = w->frames != NULL;
	const enum rc rc = digest_thread_restart(w->lines_digest, e);
	return rc == RC_OK && s->compressed ? digest_restart(w->digest, e) : rc;
}

bool
segment_writer_is_open(const struct segment_writer *w)
{
	return w->now != NULL;
}

void
segment_writer_add(struct segment_writer *w, struct span lines, uint64_t n)
{
	w->now->lines_bytes += lines.n;
	w->now->lines += n;
	w->mark = digest_thread_add(w->lines_digest, lines);
}

uint64_t
segment_writer_mark(const struct segment_writer *w)
{
	return w->mark;
}

enum rc
segment_writer_wait(struct segment_writer *w, uint64_t mark, struct err *e)
{
	return digest_thread_wait(w->lines_digest, mark, e);
}

struct digest_thread *
segment_writer_digest(const struct segment_writer *w)
{
	return w->lines_digest;
}

enum rc
segment_writer_end(struct segment_writer *w, struct err *e)
{
	struct manifest_segment *const s = w->now;
	enum rc rc =
	    digest_thread_final_hex(w->lines_digest, s->lines_sha256, e);

	if (rc == RC_OK && s->compressed)
		rc = frame_writer_end(w->frames, e);
	if (rc == RC_OK && s->compressed)
		rc = digest_final_hex(w->digest, s->sha256, e);
	if (!s->compressed)
		memcpy(s->sha256, s->lines_sha256, DIGEST_HEX);
	if (rc == RC_OK)
		rc = async_file_end(w->file, e);
	w->now = NULL;
	return rc;
}

enum rc
segment_writer_sync(struct segment_writer *w, struct err *e)
{
	const enum rc rc = segment_writer_wait(w, w->mark, e);

	return rc == RC_OK ? async_file_wait(w->file, e) : rc;
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field fields[] = {
	STATE_FIELD("open", STATE_BOOL, segment_writer, was_open),
	STATE_FIELD("rest", STATE_BUF, segment_writer, rest),
	STATE_FIELD("lines_state", STATE_BYTES, segment_writer, lines_state),
	STATE_FIELD("state", STATE_BYTES, segment_writer, state),
	STATE_FIELDS_END,
};

enum rc
segment_writer_write_state(
    struct segment_writer *w, struct state_writer *s, struct err *e)
{
	struct span rest = { NULL, 0 };

	enum rc rc = digest_thread_save(w->lines_digest, &w->lines_state, e);
	if (rc == RC_OK && w->frames != NULL)
		rc = frame_writer_write_state(w->frames, s, e);
	if (rc == RC_OK)
		rc = async_file_sync(w->file, &rest, e);
	buf_cut(&w->rest, 0);
	buf_put(&w->rest, rest);
	if (rc == RC_OK && w->rest.full)
		rc = buf_fail(&w->rest, "the unsynced end of a segment", e);
	if (rc != RC_OK)
		return rc;
	w->state = w->lines_state;
	if (w->frames != NULL)
		digest_save(w->digest, &w->state);
	w->was_open = w->now != NULL;
	state_codec_write(s, fields, w);
	return RC_OK;
}

bool
segment_writer_read_state(struct segment_writer *w, struct state_reader *s)
{
	if (w->frames != NULL)
		frame_writer_read_state(w->frames, s);
	state_codec_read(s, fields, w);
	return w->was_open;
}

enum rc
segment_writer_resume(
    struct segment_writer *w, int fd, struct manifest_segment *s, struct err *e)
{
	const uint64_t written = s->bytes - w->rest.n;
	const struct prefix prefix = { fd, s->name, written };

	enum rc rc = io_go_back(fd, written, s->name, e);
	if (rc == RC_OK)
		rc = prefix_check(&prefix, buf_span(&w->rest), &w->state, e);
	async_file_resume(w->file, fd, s->name, written);
	w->now = s;
	if (rc == RC_OK)
		rc = async_file_add(w->file, buf_span(&w->rest), e);
	if (rc == RC_OK)
		rc = digest_thread_restore(w->lines_digest, &w->lines_state, e);
	if (rc == RC_OK && w->frames != NULL) {
		rc = digest_restart(w->digest, e);
		digest_restore(w->digest, &w->state);
	}
	return rc;
}
