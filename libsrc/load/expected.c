/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/scope.h"
#include "load/expected.h"
#include "load/session.h"
#include "load/skipped_rows.h"
#include "stage/record_key.h"
#include "util/digest.h"

#define HOUR_TEXT 28U /* length of 2026-01-31T23:00:00.0000000Z */

/* Maximum number of keys kept to count the different keys of a batch. A batch
 * has at most a megabyte of lines. A whole segment, which is used if there is
 * no checkpoint, can have more; its further keys are not counted. */
#define KEYS_MAX ((size_t)1 << 22)

/* A row in the sorter of groups, followed by the names of computer and channel.
 */
struct row {
	uint8_t key[EXPECTED_KEY];
	uint8_t hour[HOUR_TEXT];
	uint16_t has_key;
	uint16_t hour_n;
	uint16_t computer_n;
	uint16_t channel_n;
};

struct scan {
	const struct expected_options *o;
	struct expected *x;
	size_t staging;
	size_t segment;
	bool ecs;
	/* JSON name of the member with the channel, up to its value. */
	const char *channel;
	struct batch *batches;
	size_t n;
	size_t at; /* index of the batch that is being read */
	uint64_t rows;
	struct buf keys; /* keys of the batch that is being read */
	struct buf row;
};

/* --- order --------------------------------------------------------------- */

int
expected_by_place(const void *a, const void *b)
{
	const struct expected_record *const x = a;
	const struct expected_record *const y = b;

	if (x->staging != y->staging)
		return x->staging < y->staging ? -1 : 1;
	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

int
expected_by_key(const void *a, const void *b)
{
	const struct expected_record *const x = a;
	const struct expected_record *const y = b;
	int order = memcmp(x->key, y->key, EXPECTED_KEY);

	if (order == 0)
		order = memcmp(x->content, y->content, ROW_CONTENT_BYTES);
	return order != 0 ? order : expected_by_place(x, y);
}

static struct span
computer_of(const struct row *r)
{
	return span_of((const uint8_t *)(r + 1), r->computer_n);
}

static struct span
channel_of(const struct row *r)
{
	return span_of((const uint8_t *)(r + 1) + r->computer_n, r->channel_n);
}

static int
by_group(const struct row *x, const struct row *y)
{
	int order = span_cmp(computer_of(x), computer_of(y));

	if (order == 0)
		order = span_cmp(channel_of(x), channel_of(y));
	return order != 0 ? order : memcmp(x->hour, y->hour, HOUR_TEXT);
}

static int
by_group_and_key(const void *a, const void *b)
{
	const struct row *const x = a;
	const struct row *const y = b;
	const int order = by_group(x, y);

	if (order != 0)
		return order;
	if (x->has_key != y->has_key)
		return x->has_key < y->has_key ? -1 : 1;
	return memcmp(x->key, y->key, EXPECTED_KEY);
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, EXPECTED_KEY);
}

/* --- batches ------------------------------------------------------------- */

/* Report the batch that has been read, unless it has no rows. */
static enum rc
end_batch(struct scan *s, struct err *e)
{
	const struct reader_segment *const meta =
	    reader_segment(s->o->run->stagings[s->staging].reader, s->segment);
	const struct batch whole = { .length = meta->bytes,
		.records = meta->lines };
	struct expected_batch b = { .segment = meta->name,
		.sha256 = meta->sha256,
		.batch = s->n > 0 ? &s->batches[s->at] : &whole,
		.rows = s->rows,
		.planned = s->n > 0 };
	const uint8_t *const keys = s->keys.p;
	const size_t n = s->keys.n / EXPECTED_KEY;
	enum rc rc =
	    s->keys.full ? buf_fail(&s->keys, "the keys of a batch", e) : RC_OK;

	if (n > 0)
		qsort(s->keys.p, n, EXPECTED_KEY, by_bytes);
	for (size_t i = 0; i < n; i++)
		b.keys += i == 0 || by_bytes(keys + i * EXPECTED_KEY,
					keys + (i - 1) * EXPECTED_KEY) != 0;
	if (rc == RC_OK && s->o->batch != NULL && s->rows > 0)
		rc = s->o->batch(s->o->arg, &b, e);
	s->rows = 0;
	buf_cut(&s->keys, 0);
	return rc;
}

/* Advance to the batch at this offset. The batches of a checkpoint cover a
 * segment from its start to its end. */
static enum rc
find_batch(struct scan *s, uint64_t offset, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && s->n > 0 &&
	       offset >= s->batches[s->at].offset + s->batches[s->at].length) {
		rc = end_batch(s, e);
		if (rc == RC_OK && ++s->at == s->n)
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "the checkpoint is damaged: its batches do not "
			    "cover the segments; restore it from a copy");
	}
	return rc;
}

/* --- lines --------------------------------------------------------------- */

/* Returns the value of the first member with this name: columns of our schemas
 * come before members of the event. Empty if the value is too long. */
static struct span
value_of(struct span line, const char *member)
{
	const size_t n = strlen(member);
	const uint8_t *const p =
	    line.n == 0 ? NULL : memmem(line.p, line.n, member, n);
	const uint8_t *const end = line.p + line.n;

	if (p == NULL)
		return span_of(NULL, 0);
	const uint8_t *q = p + n;
	while (q < end && *q != '"')
		q += *q == '\\' && q + 1 < end ? 2 : 1;
	const struct span value = span_of(p + n, (size_t)(q - p) - n);
	return value.n <= EXPECTED_NAME_MAX ? value : span_of(NULL, 0);
}

/* Add a row to the groups. key is NULL if the row has none. */
static enum rc
add_group(struct scan *s, struct span line, const uint8_t *key, struct err *e)
{
	const struct span none = span_of(NULL, 0);
	const struct span computer =
	    s->ecs ? none : value_of(line, "\"Computer\":\"");
	const struct span channel = s->ecs ? none : value_of(line, s->channel);
	const struct span time =
	    s->ecs ? none : value_of(line, "\"TimeCreated_CF\":\"");
	struct row row = { .has_key = key != NULL,
		.computer_n = (uint16_t)computer.n,
		.channel_n = (uint16_t)channel.n };

	if (key != NULL)
		memcpy(row.key, key, EXPECTED_KEY);
	if (time.n >= 13) {
		row.hour_n = HOUR_TEXT;
		memcpy(row.hour, time.p, 13);
		memcpy(row.hour + 13, ":00:00.0000000Z", HOUR_TEXT - 13);
	}
	buf_cut(&s->row, 0);
	buf_put(&s->row, span_of((const uint8_t *)&row, sizeof(row)));
	buf_put(&s->row, computer);
	buf_put(&s->row, channel);
	if (s->row.full)
		return buf_fail(&s->row, "a row", e);
	return sorter_add(s->x->groups, buf_span(&s->row), e);
}

static enum rc
add_record(void *arg, const struct scan_line *line, struct err *e)
{
	struct scan *const s = arg;
	const struct span hex = record_key_find(line->text, s->ecs);
	struct expected_record r = { .staging = (uint32_t)s->staging,
		.segment = (uint32_t)s->segment,
		.offset = line->offset,
		.length = line->length + 1 };
	const bool has_key = hex.n > 0 && digest_unhex(hex, r.key);
	enum rc rc = session_check_stop(s->o->run, e);

	if (rc == RC_OK)
		rc = find_batch(s, line->offset, e);
	if (rc != RC_OK)
		return rc;
	s->rows++;
	if (has_key && s->keys.n < KEYS_MAX * EXPECTED_KEY)
		buf_put(&s->keys, span_of(r.key, EXPECTED_KEY));
	if (s->n > 0 && s->batches[s->at].status == BATCH_REFUSED) {
		s->x->refused++;
		return RC_OK;
	}
	s->x->rows++;
	s->x->keyless += !has_key;
	if (has_key && s->o->content != NULL)
		rc =
		    row_content_digest(s->o->content, line->text, r.content, e);
	if (rc == RC_OK)
		rc = add_group(s, line->text, has_key ? r.key : NULL, e);
	if (rc == RC_OK)
		rc = sorter_add(has_key ? s->x->records : s->x->keyless_records,
		    span_of((const uint8_t *)&r, sizeof(r)), e);
	return rc;
}

/* --- segments ------------------------------------------------------------ */

/* True if an earlier segment of the run has the same digest. */
static bool
is_repeat(const struct load_run *run, size_t staging, size_t segment)
{
	const char *const sha256 =
	    reader_segment(run->stagings[staging].reader, segment)->sha256;

	for (size_t i = 0; i <= staging; i++) {
		const struct reader *const r = run->stagings[i].reader;
		const size_t n = i < staging ? reader_count(r) : segment;
		for (size_t k = 0; k < n; k++)
			if (strcmp(reader_segment(r, k)->sha256, sha256) == 0)
				return true;
	}
	return false;
}

static enum rc
scan_segment(struct scan *s, struct err *e)
{
	struct reader *const reader = s->o->run->stagings[s->staging].reader;
	const char *const sha256 = reader_segment(reader, s->segment)->sha256;
	const struct scan_visit visit = { add_record, s };
	struct scope_segment known;
	enum rc rc = RC_END;

	if (is_repeat(s->o->run, s->staging, s->segment))
		return RC_OK;
	s->ecs = strcmp(reader_schema(reader), "ecs") == 0;
	s->channel = strcmp(reader_schema(reader), "event") == 0
			 ? "\"EventLog\":\""
			 : "\"Channel\":\"";
	s->at = 0;
	s->n = 0;
	s->batches = NULL;
	if (s->o->checkpoint != NULL)
		rc = scope_view_segment(s->o->checkpoint, sha256, &known, e);
	if (rc == RC_OK && known.planned)
		rc = skipped_rows_restore(
		    s->o->run, reader, s->segment, &known, e);
	if (rc == RC_OK)
		rc =
		    batch_list(s->o->checkpoint, sha256, &s->batches, &s->n, e);
	if (rc == RC_END)
		rc = RC_OK;
	if (rc == RC_OK)
		rc = reader_scan(reader, s->segment, &visit, e);
	if (rc == RC_OK)
		rc = end_batch(s, e);
	free(s->batches);
	return rc;
}

enum rc
expected_create(
    struct expected *x, const struct expected_options *o, struct err *e)
{
	const struct sorter_options records = { expected_by_key, o->scratch,
		0 };
	const struct sorter_options keyless = { expected_by_place, o->scratch,
		0 };
	const struct sorter_options groups = { by_group_and_key, o->scratch,
		0 };
	const struct load_run *const run = o->run;
	struct scan s = { .o = o, .x = x };

	memset(x, 0, sizeof(*x));
	buf_init(&s.keys, (KEYS_MAX + 1) * EXPECTED_KEY);
	buf_init(&s.row, sizeof(struct row) + 2 * EXPECTED_NAME_MAX);
	enum rc rc = sorter_create(&x->records, &records, e);
	if (rc == RC_OK)
		rc = sorter_create(&x->keyless_records, &keyless, e);
	if (rc == RC_OK)
		rc = sorter_create(&x->groups, &groups, e);
	for (; rc == RC_OK && s.staging < run->n; s.staging++) {
		const size_t n = reader_count(run->stagings[s.staging].reader);
		for (s.segment = 0; rc == RC_OK && s.segment < n; s.segment++)
			rc = scan_segment(&s, e);
	}
	if (rc == RC_OK)
		rc = sorter_finish(x->records, e);
	if (rc == RC_OK)
		rc = sorter_finish(x->keyless_records, e);
	if (rc == RC_OK)
		rc = sorter_finish(x->groups, e);
	buf_reset(&s.keys);
	buf_reset(&s.row);
	return rc;
}

void
expected_destroy(struct expected *x)
{
	sorter_destroy(x->records);
	sorter_destroy(x->keyless_records);
	sorter_destroy(x->groups);
}

/* --- groups -------------------------------------------------------------- */

/* The group that is being counted. */
struct fold {
	struct buf row; /* last row that was added to the group */
	uint64_t rows;
	uint64_t keys;
	enum rc (*each)(
	    void *arg, const struct expected_group *g, struct err *e);
	void *arg;
};

static enum rc
end_group(struct fold *f, struct err *e)
{
	const struct row *const r = (const void *)f->row.p;

	if (f->rows == 0)
		return RC_OK;
	const struct expected_group g = { computer_of(r), channel_of(r),
		span_of(r->hour, r->hour_n), f->rows, f->keys };
	f->rows = 0;
	f->keys = 0;
	return f->each(f->arg, &g, e);
}

static enum rc
fold_row(struct fold *f, struct span bytes, struct err *e)
{
	const struct row *const r = (const void *)bytes.p;
	const struct row *const last = (const void *)f->row.p;
	enum rc rc = RC_OK;

	if (f->rows > 0 && by_group(r, last) != 0)
		rc = end_group(f, e);
	f->keys += r->has_key != 0 &&
		   (f->rows == 0 || last->has_key == 0 ||
		       memcmp(r->key, last->key, EXPECTED_KEY) != 0);
	f->rows++;
	buf_cut(&f->row, 0);
	buf_put(&f->row, bytes);
	return rc == RC_OK && f->row.full ? buf_fail(&f->row, "a row", e) : rc;
}

enum rc
expected_groups(const struct expected *x,
    enum rc (*each)(void *arg, const struct expected_group *g, struct err *e),
    void *arg, struct err *e)
{
	struct fold f = { .each = each, .arg = arg };
	struct sorter_reader *reader = NULL;
	struct span bytes;
	enum rc rc = sorter_read(&reader, x->groups, e);

	buf_init(&f.row, sizeof(struct row) + 2 * EXPECTED_NAME_MAX);
	while (rc == RC_OK && (rc = sorter_next(reader, &bytes, e)) == RC_OK)
		rc = fold_row(&f, bytes, e);
	if (rc == RC_END)
		rc = end_group(&f, e);
	sorter_reader_destroy(reader);
	buf_reset(&f.row);
	return rc;
}
