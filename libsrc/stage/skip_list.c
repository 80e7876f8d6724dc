/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/scan_lines.h"
#include "stage/skip_list.h"
#include "util/io.h"
#include "util/num.h"

struct skip_list {
	int fd;
	uint64_t rows;
	struct timespec changed; /* ctime of the file when it was checked */
	char *name;
};

/* --- lines ---------------------------------------------------------------- */

void
skip_list_put(struct buf *out, const struct skip_list_row *row)
{
	buf_fmt(out, "%08" PRIu64 " %016" PRIu64 " %010" PRIu64 "\n",
	    row->segment, row->offset, row->length);
}

/* Parse a line without its LF. False if it is not a valid line of a list. */
static bool
parse(struct span text, struct skip_list_row *row)
{
	const struct {
		size_t at;
		size_t n;
		uint64_t *to;
	} parts[] = {
		{ 0, 8, &row->segment },
		{ 9, 16, &row->offset },
		{ 26, 10, &row->length },
	};

	if (text.n != SKIP_LIST_LINE - 1 || text.p[8] != ' ' ||
	    text.p[25] != ' ')
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const struct span digits =
		    span_of(text.p + parts[i].at, parts[i].n);
		for (size_t k = 0; k < digits.n; k++)
			if (digits.p[k] < '0' || digits.p[k] > '9')
				return false;
		if (!num_parse_u64(digits, parts[i].to))
			return false;
	}
	return row->length != 0;
}

/* --- open ----------------------------------------------------------------- */

struct check {
	const char *name;
	struct skip_list_row last;
};

static enum rc
changed(const char *name, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "the skip list %.200s is not what merge-check wrote: run "
	    "merge-check again",
	    name);
}

static enum rc
check_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct check *const c = arg;
	struct skip_list_row row;

	if (line->length != line->text.n || !parse(line->text, &row))
		return changed(c->name, e);
	const bool follows = row.segment == c->last.segment
				 ? row.offset >= c->last.offset + c->last.length
				 : row.segment > c->last.segment;
	c->last = row;
	return follows ? RC_OK : changed(c->name, e);
}

static enum rc
check_all(struct skip_list *l, const struct skip_list_info *info, struct err *e)
{
	struct check check = { .name = l->name };
	const struct scan_visit visit = { check_line, &check };
	struct scan_sum sum;
	struct stat st;

	if (fstat(l->fd, &st) == -1)
		return err_sys(e, RC_FATAL, "stat %s", l->name);
	l->changed = st.st_ctim;
	l->rows = info->rows;
	if (!S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size != info->rows * SKIP_LIST_LINE)
		return changed(l->name, e);
	const enum rc rc = scan_lines(l->fd, l->name, &visit, &sum, e);
	if (rc != RC_OK)
		return rc;
	return strcmp(sum.sha256, info->sha256) == 0 &&
		       sum.lines == info->rows && sum.whole == sum.bytes
		   ? RC_OK
		   : changed(l->name, e);
}

enum rc
skip_list_open(int dirfd, const char *name, const struct skip_list_info *info,
    struct skip_list **lp, struct err *e)
{
	struct skip_list *const l = calloc(1, sizeof(*l));

	*lp = NULL;
	if (l == NULL)
		return err_nomem(e);
	l->fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	l->name = strdup(name);
	enum rc rc = l->name == NULL ? err_nomem(e)
		     : l->fd == -1   ? err_sys(e, RC_FATAL,
					   "open the skip list %.200s", name)
				     : check_all(l, info, e);
	if (rc == RC_OK)
		*lp = l;
	else
		skip_list_close(l);
	return rc;
}

void
skip_list_close(struct skip_list *l)
{
	if (l == NULL)
		return;
	if (l->fd != -1)
		(void)close(l->fd);
	free(l->name);
	free(l);
}

/* --- rows ----------------------------------------------------------------- */

/* Read n lines, starting with line number `index`. WHY_TAMPERED: the file was
 * changed since its digest was checked. */
static enum rc
read_lines(const struct skip_list *l, uint64_t index, size_t n, uint8_t *to,
    struct err *e)
{
	const struct io_read in = { l->fd, index * SKIP_LIST_LINE, to,
		n * SKIP_LIST_LINE, l->name };
	struct stat st;
	size_t got = 0;

	const enum rc rc = io_pread(&in, &got, e);
	if (rc != RC_OK)
		return rc;
	return got == in.n && fstat(l->fd, &st) == 0 &&
		       st.st_ctim.tv_sec == l->changed.tv_sec &&
		       st.st_ctim.tv_nsec == l->changed.tv_nsec
		   ? RC_OK
		   : changed(l->name, e);
}

static enum rc
read_row(const struct skip_list *l, uint64_t index, struct skip_list_row *row,
    struct err *e)
{
	uint8_t text[SKIP_LIST_LINE];
	const enum rc rc = read_lines(l, index, 1, text, e);

	if (rc != RC_OK)
		return rc;
	return parse(span_of(text, SKIP_LIST_LINE - 1), row)
		   ? RC_OK
		   : changed(l->name, e);
}

enum rc
skip_list_find(const struct skip_list *l, uint64_t segment, uint64_t offset,
    uint64_t *index, struct err *e)
{
	uint64_t low = 0;
	uint64_t high = l->rows;

	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		struct skip_list_row row;
		const enum rc rc = read_row(l, middle, &row, e);
		if (rc != RC_OK)
			return rc;
		if (row.segment < segment ||
		    (row.segment == segment && row.offset < offset))
			low = middle + 1;
		else
			high = middle;
	}
	*index = low;
	return RC_OK;
}

enum rc
skip_list_start(struct skip_list_cursor *c, const struct skip_list *l,
    uint64_t segment, uint64_t offset, struct err *e)
{
	c->list = l;
	c->segment = segment;
	c->at = 0;
	c->n = 0;
	return skip_list_find(l, segment, offset, &c->index, e);
}

enum rc
skip_list_next(
    struct skip_list_cursor *c, struct skip_list_row *row, struct err *e)
{
	if (c->at == c->n) {
		const uint64_t left = c->list->rows - c->index;
		c->at = 0;
		c->n = left < SKIP_LIST_ROWS ? (size_t)left : SKIP_LIST_ROWS;
		if (c->n == 0)
			return RC_END;
		const enum rc rc =
		    read_lines(c->list, c->index, c->n, c->text, e);
		if (rc != RC_OK)
			return rc;
		c->index += c->n;
	}
	const struct span line =
	    span_of(c->text + c->at * SKIP_LIST_LINE, SKIP_LIST_LINE - 1);
	if (!parse(line, row))
		return changed(c->list->name, e);
	if (row->segment != c->segment)
		return RC_END;
	c->at++;
	return RC_OK;
}
