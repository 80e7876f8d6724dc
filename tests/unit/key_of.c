/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/key_of.h"

static struct err error;

void
key_of_text(struct span text, char out[PLAN_KEY_HEX + 1])
{
	uint8_t sum[DIGEST_BYTES];

	assert_ok(digest_once(text, sum, &error));
	event_key_hex(sum, out);
}

void
put_key_text(struct buf *out, const char *text, const struct value *values)
{
	const struct tree t = sample_tree(text, values, 9);
	struct event_key compiled;
	struct system_fields head;
	const size_t start = out->n;

	event_key_init(&compiled);
	system_fields_find(&head, &t);
	assert_ok(event_key_compile(&compiled, &t, &head, &error));
	assert_ok(event_key_write(&compiled, &head, values, out, &error));
	assert_int_equal(
	    compiled.bytes, out->n - start + compiled.structure_bytes);
	event_key_free(&compiled);
}

const char *
key(const char *text, const struct value *values)
{
	static char keys[4][PLAN_KEY_HEX + 1];
	static unsigned turn;
	char *const out = keys[turn++ % 4];
	struct buf b;

	buf_init(&b, 10000);
	put_key_text(&b, text, values);
	key_of_text(buf_span(&b), out);
	buf_reset(&b);
	assert_int_equal(strlen(out), PLAN_KEY_HEX);
	return out;
}

const char *
data_key(const char *data, const struct value *values)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
	    "<Event><System><Channel>Security</Channel></System>"
	    "<EventData>%s</EventData></Event>",
	    data);
	return key(text, values);
}

const char *
head_key(const char *head)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "<Event><System>%s<EventRecordID>7</EventRecordID></System>"
	    "</Event>",
	    head);
	return key(text, NULL);
}
