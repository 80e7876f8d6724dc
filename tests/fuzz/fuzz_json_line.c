/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a line of a staging as a row for SQLite: json_line accepts exactly the
 * objects of RFC 8259, and the nested values that it returns are valid JSON.
 */
#include "sink/json_line.h"
#include "tests/fuzz/fuzz.h"

#define LEVELS 500U /* below the limits of both readers */

static bool
is_deep(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '{' || s.p[i] == '[';
	return n > LEVELS;
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0x80)
			return false;
	return true;
}

/* Read all members; true if the line is valid to its end. */
static bool
read_all(struct json_line *m, bool valid)
{
	struct json_member one;
	enum rc rc;

	while ((rc = json_line_next(m, &one)) == RC_OK)
		if (valid && one.kind != JSON_MEMBER_TEXT)
			FUZZ_NEED(fuzz_json_valid(one.value));
	return rc == RC_END;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span line = span_of(data, size);
	struct json_line m;
	struct buf room;
	struct err e;

	buf_init(&room, 2 * size + 16);
	FUZZ_NEED(json_line_begin(&m, line, &room, &e) == RC_OK);
	const bool holds = json_line_is_valid(&m);
	const bool valid = fuzz_json_valid(line);
	FUZZ_NEED(read_all(&m, valid) == holds);
	const struct span text = span_trim(line);
	if (!is_deep(line)) {
		if (valid && text.n > 0 && text.p[0] == '{')
			FUZZ_NEED(holds);
		if (holds && is_ascii(line))
			FUZZ_NEED(valid);
	}
	buf_reset(&room);
	return 0;
}
