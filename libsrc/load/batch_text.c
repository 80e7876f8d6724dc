/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "load/batch_text.h"
#include "util/json.h"

struct span
batch_text_lines(struct span text, uint64_t n)
{
	size_t at = 0;

	for (; n > 0 && at < text.n; n--) {
		const uint8_t *const lf =
		    memchr(text.p + at, '\n', text.n - at);
		at = lf == NULL ? text.n : (size_t)(lf - text.p) + 1;
	}
	return span_of(text.p, at);
}

const char *
batch_text_status(const struct batch *b)
{
	static const char *const names[] = { "planned", "sent", "acked",
		"refused", "split" };

	return (size_t)b->status < sizeof(names) / sizeof(*names)
		   ? names[b->status]
		   : "";
}

void
batch_text_id(const char *key_hex, char out[BATCH_TEXT_ID])
{
	(void)snprintf(out, BATCH_TEXT_ID, "%.8s-%.4s-8%.3s-a%.3s-%.12s",
	    key_hex, key_hex + 8, key_hex + 13, key_hex + 17, key_hex + 20);
}

void
batch_text_put(struct buf *out, const char *key_hex)
{
	char id[BATCH_TEXT_ID];

	batch_text_id(key_hex, id);
	buf_str(out, "\"batch\":");
	json_put(out, span_str(key_hex));
	buf_fmt(out, ",\"client_request_id\":\"%s\"", id);
}
