/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/segment_lines.h"
#include "stage/frame_reader.h"
#include "util/io.h"

static enum rc
compare_digest(const struct segment_lines *s, const char *sha256, struct err *e)
{
	if (strcmp(sha256, s->sha256) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s is not what was staged: its SHA-256 is %s, the manifest says "
	    "%s",
	    s->name, sha256, s->sha256);
}

static enum rc
compare_lines(
    const struct segment_lines *s, const struct scan_sum *sum, struct err *e)
{
	if (sum->bytes != s->lines_bytes ||
	    strcmp(sum->sha256, s->lines_sha256) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: the SHA-256 of its lines is "
		    "%s, the manifest says %s",
		    s->name, sum->sha256, s->lines_sha256);
	if (sum->lines != s->lines || sum->whole != s->lines_bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s has %llu whole lines, the manifest says %llu", s->name,
		    (unsigned long long)sum->lines,
		    (unsigned long long)s->lines);
	return RC_OK;
}

/* --- compressed ----------------------------------------------------------- */

static enum rc
open_frames(
    const struct segment_lines *s, struct frame_reader **rp, struct err *e)
{
	const struct frame_table_file file = { s->fd, s->name, s->bytes,
		s->lines_bytes };

	return frame_reader_open(rp, &file, e);
}

/* The content of all frames as one stream of lines. */
struct stream {
	struct frame_reader *frames;
	struct digest *digest; /* digest of the compressed file */
	struct span left;      /* unread content of the current frame */
	bool ended;            /* there are no more frames */
};

static enum rc
next_frame(struct stream *t, struct err *e)
{
	struct frame frame = { .lines = { NULL, 0 } };
	const enum rc rc = frame_reader_next(t->frames, &frame, e);

	if (rc != RC_OK && rc != RC_END)
		return rc;
	t->ended = rc == RC_END;
	t->left = frame.lines;
	return digest_add(t->digest, frame.bytes, e);
}

static enum rc
read_stream(void *arg, uint8_t *to, size_t n, size_t *got, struct err *e)
{
	struct stream *const t = arg;

	*got = 0;
	while (*got < n) {
		if (t->left.n == 0) {
			if (t->ended)
				break;
			if (next_frame(t, e) != RC_OK)
				return e->rc;
			continue;
		}
		const size_t room = n - *got;
		const size_t part = t->left.n < room ? t->left.n : room;
		memcpy(to + *got, t->left.p, part);
		*got += part;
		t->left = span_of(t->left.p + part, t->left.n - part);
	}
	return RC_OK;
}

static enum rc
scan_compressed(const struct segment_lines *s, const struct scan_visit *visit,
    struct scan_sum *sum, struct err *e)
{
	struct stream t = { .ended = false };
	const struct scan_source source = { read_stream, &t };
	char sha256[DIGEST_HEX];

	enum rc rc = open_frames(s, &t.frames, e);
	if (rc == RC_OK)
		rc = digest_create(&t.digest, e);
	if (rc == RC_OK)
		rc = scan_lines_from(&source, visit, sum, e);
	if (rc == RC_OK)
		rc = digest_final_hex(t.digest, sha256, e);
	if (rc == RC_OK)
		rc = compare_digest(s, sha256, e);
	digest_destroy(t.digest);
	frame_reader_close(t.frames);
	return rc;
}

/* --- plain or compressed -------------------------------------------------- */

enum rc
segment_lines_compare(
    const struct segment_lines *s, const struct scan_sum *sum, struct err *e)
{
	const enum rc rc = compare_digest(s, sum->sha256, e);

	return rc == RC_OK ? compare_lines(s, sum, e) : rc;
}

enum rc
segment_lines_scan(const struct segment_lines *s,
    const struct scan_visit *visit, struct err *e)
{
	struct scan_sum sum;

	const enum rc rc = s->compressed
			       ? scan_compressed(s, visit, &sum, e)
			       : scan_lines(s->fd, s->name, visit, &sum, e);
	if (rc != RC_OK)
		return rc;
	return s->compressed ? compare_lines(s, &sum, e)
			     : segment_lines_compare(s, &sum, e);
}

enum rc
segment_lines_read(struct segment_lines *s, uint64_t offset, uint64_t length,
    struct buf *out, struct err *e)
{
	size_t got = 0;

	if (s->compressed && s->frames == NULL &&
	    open_frames(s, &s->frames, e) != RC_OK)
		return e->rc;
	if (s->compressed)
		return frame_reader_range(s->frames, offset, length, out, e);
	uint8_t *const p = buf_room(out, length);
	if (p == NULL)
		return err_set(e, RC_FATAL, WHY_LIMIT,
		    "cannot read %llu bytes of %s at once: they do not fit "
		    "into memory",
		    (unsigned long long)length, s->name);
	const struct io_read in = { s->fd, offset, p, length, s->name };
	const enum rc rc = io_pread(&in, &got, e);
	if (rc != RC_OK)
		return rc;
	if (got != length)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s was truncated while it was read", s->name);
	out->n += got;
	return RC_OK;
}

void
segment_lines_reset(struct segment_lines *s)
{
	frame_reader_close(s->frames);
	s->frames = NULL;
}
