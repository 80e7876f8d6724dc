/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunkline.h"
#include "convert/damage.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/num.h"

/* Append a number; `name` is its member with separators. Not by buf_fmt(): this
 * is called often for each chunk. */
static void
put_count(struct buf *b, const char *name, uint64_t n)
{
	uint8_t text[NUM_DEC_MAX];

	buf_str(b, name);
	buf_put(b, span_of(text, (size_t)(num_u64(text, n) - text)));
}

static void
put_some(struct buf *b, const char *name, uint64_t n)
{
	if (n != 0)
		put_count(b, name, n);
}

static void
put_time(struct buf *b, const char *name, uint64_t filetime)
{
	uint8_t text[FILETIME_MAX];

	if (filetime == 0)
		return;
	buf_str(b, name);
	buf_byte(b, '"');
	buf_put(
	    b, span_of(text, (size_t)(filetime_put(text, filetime) - text)));
	buf_byte(b, '"');
}

static void
put_filtered(struct buf *b, const struct account *a, const char *const *reasons)
{
	const char *split = "\"";

	buf_str(b, ",\"filtered\":{");
	for (unsigned i = 0; i < ACCOUNT_REASONS; i++) {
		if (a->filtered[i] == 0)
			continue;
		buf_str(b, split);
		buf_str(b, reasons[i]);
		put_count(b, "\":", a->filtered[i]);
		split = ",\"";
	}
	buf_byte(b, '}');
}

/* Append the account: terms of the sum always, the others if they are not 0. */
static void
put_account(struct buf *b, const struct account *a, const char *const *reasons)
{
	put_count(b, ",\"accounting\":{\"found\":", a->found);
	put_count(b, ",\"emitted\":", a->emitted);
	put_filtered(b, a, reasons);
	put_count(b, ",\"duplicate\":", a->duplicate);
	put_count(b, ",\"damaged\":", a->damaged);
	put_some(b, ",\"borrowed\":", a->borrowed);
	put_some(b, ",\"recovered\":", a->recovered);
	put_some(b, ",\"recovered_filtered\":", a->recovered_filtered);
	put_some(b, ",\"recovered_damaged\":", a->recovered_damaged);
	put_some(b, ",\"regions\":", a->regions);
	put_some(b, ",\"unchecked\":", a->unchecked);
	put_some(b, ",\"hidden\":", a->hidden);
	put_some(b, ",\"repaired\":", a->repaired);
	put_some(b, ",\"names\":", a->names);
	put_some(b, ",\"conflicts\":", a->conflicts);
	put_some(b, ",\"other_channels\":", a->other_channels);
	buf_byte(b, '}');
}

void
chunkline_put(
    struct buf *b, const struct chunkline *c, const char *const *reasons)
{
	const struct account *const a = c->account;

	buf_str(b, "{\"source\":");
	json_put(b, span_str(c->source));
	put_count(b, ",\"source_number\":", c->number);
	put_count(b, ",\"chunk\":", damage_chunk(c->offset));
	put_count(b, ",\"offset\":", c->offset);
	put_count(b, ",\"bytes\":", c->bytes);
	buf_str(b, c->crc_ok ? ",\"crc_ok\":true" : ",\"crc_ok\":false");
	if (c->content != NULL) {
		buf_str(b, ",\"content\":");
		json_put(b, span_str(c->content));
	}
	put_account(b, a, reasons);
	if (a->emitted + a->recovered != 0)
		put_count(b, ",\"first_line\":", c->first_line);
	put_some(b, ",\"first_record_id\":", c->first_id);
	put_some(b, ",\"last_record_id\":", c->last_id);
	put_time(b, ",\"first_time\":", a->first_time);
	put_time(b, ",\"last_time\":", a->last_time);
	buf_str(b, "}\n");
}

/* --- for people ----------------------------------------------------------- */

static void
put_cell(struct buf *b, int width, uint64_t n)
{
	if (n == 0)
		buf_fmt(b, " %*s", width, "-");
	else
		buf_fmt(b, " %*llu", width, (unsigned long long)n);
}

static void
put_instant(struct buf *b, uint64_t filetime)
{
	char text[FILETIME_MAX + 1] = "-";

	if (filetime != 0)
		*filetime_put((uint8_t *)text, filetime) = '\0';
	buf_fmt(b, "  %-28s", text);
}

void
chunkline_row(struct buf *b, const struct chunkline *c)
{
	const struct account *const a = c->account;

	buf_fmt(b, "%8llu %12llu %-4s",
	    (unsigned long long)damage_chunk(c->offset),
	    (unsigned long long)c->offset, c->crc_ok ? "good" : "bad");
	put_cell(b, 8, a->found);
	put_cell(b, 8, a->damaged);
	put_cell(b, 12, c->first_id);
	put_cell(b, 12, c->last_id);
	put_instant(b, a->first_time);
	put_instant(b, a->last_time);
	if (c->content != NULL)
		buf_fmt(b, "  %s", c->content);
	buf_str(b, "\n");
}

/* The name is escaped as in JSON: whoever made the archive has chosen it. */
void
chunkline_heading(struct buf *b, const char *source)
{
	json_put(b, span_str(source));
	buf_fmt(b, "\n%8s %12s %-4s %8s %8s %12s %12s  %-28s  %s\n", "chunk",
	    "offset", "CRC", "records", "damaged", "first id", "last id",
	    "first time", "last time");
}
