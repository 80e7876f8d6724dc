/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/small_source.h"
#include "convert/source.h"
#include "input/unchanged.h"
#include "util/io.h"

#define HEAD_BYTES (CHUNK_FILE_HEADER + CHUNK_HEADER)

bool
small_source_init(struct small_source *s, int fd, const char *path)
{
	*s = (struct small_source){ .fd = fd, .path = path };
	if (fstat(fd, &s->before) == -1 || !S_ISREG(s->before.st_mode) ||
	    s->before.st_size <= (off_t)HEAD_BYTES ||
	    s->before.st_size > (off_t)SMALL_SOURCE_MAX)
		return false;
	s->n = (size_t)s->before.st_size;
	return true;
}

bool
small_source_read(const struct small_source *s, struct job *j,
    struct chunk_file_header *header)
{
	const struct io_read r = { s->fd, 0, j->bytes, s->n, s->path };
	struct chunk_piece cuts[CHUNK_PIECES_MAX];
	struct err e;
	size_t n = 0;

	if (io_pread(&r, &n, &e) != RC_OK || n != s->n ||
	    unchanged_check(s->fd, s->path, &s->before, &e) != RC_OK)
		return false;
	const size_t at =
	    source_read_header(header, span_of(j->bytes, HEAD_BYTES));
	const struct chunk_finder_view v = { span_of(j->bytes + at, n - at),
		n - at };
	/* Damaged chunks may be split into many pieces. Then the lines of a
	 * group could need too much memory. */
	if (chunk_finder_split(&v, cuts, &j->n_pieces) != v.bytes.n ||
	    j->n_pieces > n / CHUNK_BYTES + 1)
		return false;
	j->offset = 0;
	for (size_t i = 0; i < j->n_pieces; i++) {
		j->pieces[i].cut = cuts[i];
		j->pieces[i].cut.at += at;
	}
	return true;
}
