/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/kept_rows.h"

static enum rc
not_of_segment(const struct skip_list_row *row, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "the skip list names a row at byte %llu of segment %llu, but no "
	    "such row exists: run merge-check again",
	    (unsigned long long)row->offset, (unsigned long long)row->segment);
}

static enum rc
advance(struct kept_rows *k, struct err *e)
{
	const enum rc rc = skip_list_next(&k->cursor, &k->next, e);

	k->more = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

enum rc
kept_rows_start(struct kept_rows *k, const struct skip_list *l,
    uint64_t segment, struct err *e)
{
	const enum rc rc = skip_list_start(&k->cursor, l, segment, 0, e);

	k->more = false;
	return rc == RC_OK ? advance(k, e) : rc;
}

enum rc
kept_rows_line(void *arg, const struct scan_line *line, struct err *e)
{
	struct kept_rows *const k = arg;

	if (k->more && k->next.offset <= line->offset)
		return k->next.offset == line->offset &&
			       k->next.length == line->length + 1
			   ? advance(k, e)
			   : not_of_segment(&k->next, e);
	return k->visit == NULL ? RC_OK
				: k->visit->line(k->visit->arg, line, e);
}

enum rc
kept_rows_end(const struct kept_rows *k, struct err *e)
{
	return k->more ? not_of_segment(&k->next, e) : RC_OK;
}

enum rc
kept_rows_run(const struct skip_list *l, const struct kept_rows_range *range,
    struct kept_rows_range *run, struct err *e)
{
	const uint64_t end = range->offset + range->length;
	struct skip_list_cursor cursor;
	struct skip_list_row row;

	*run = *range;
	enum rc rc =
	    skip_list_start(&cursor, l, range->segment, range->offset, e);
	while (
	    rc == RC_OK && (rc = skip_list_next(&cursor, &row, e)) == RC_OK) {
		if (row.offset > run->offset)
			break;
		run->offset = row.offset + row.length;
	}
	if (rc != RC_OK && rc != RC_END)
		return rc;
	const uint64_t stop =
	    rc == RC_OK && row.offset < end ? row.offset : end;
	run->length = stop > run->offset ? stop - run->offset : 0;
	return RC_OK;
}

enum rc
kept_rows_bytes(const struct skip_list *l, const struct kept_rows_range *range,
    uint64_t *bytes, struct err *e)
{
	struct skip_list_cursor cursor;
	struct skip_list_row row;

	*bytes = range->length;
	enum rc rc =
	    skip_list_start(&cursor, l, range->segment, range->offset, e);
	while (
	    rc == RC_OK && (rc = skip_list_next(&cursor, &row, e)) == RC_OK) {
		if (row.offset >= range->offset + range->length)
			break;
		*bytes -= row.length;
	}
	return rc == RC_END ? RC_OK : rc;
}

enum rc
kept_rows_stretch(
    const struct skip_list *l, struct kept_rows_range *range, struct err *e)
{
	struct skip_list_cursor cursor;
	struct skip_list_row row;

	enum rc rc =
	    skip_list_start(&cursor, l, range->segment, range->offset, e);
	while (
	    rc == RC_OK && (rc = skip_list_next(&cursor, &row, e)) == RC_OK) {
		if (row.offset > range->offset + range->length)
			break;
		range->length += row.length;
	}
	return rc == RC_END ? RC_OK : rc;
}
