/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "util/filetime.h"
#include "util/num.h"

void
canonical_rewrite(struct buf *out, size_t start)
{
	const struct span s = span_of(out->p + start, out->n - start);
	uint8_t guid[NUM_GUID_BYTES];
	uint8_t text[CANONICAL_SPELLED_MAX];
	uint8_t *end;
	uint64_t v;

	if (s.n > CANONICAL_SPELLED_MAX)
		return;
	if (s.n > 2 && s.p[0] == '0' && s.p[1] == 'x' && num_parse_u64(s, &v))
		end = num_hex(text, v);
	else if (s.n >= 36 && num_parse_guid(s, guid))
		end = num_guid(text, guid, false);
	else if (s.n >= 19 && filetime_parse(s, &v))
		end = filetime_put(text, v);
	else
		return;
	buf_cut(out, start);
	buf_put(out, span_of(text, (size_t)(end - text)));
}

void
canonical_put(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	value_json(out, v);
	/* out->p is NULL while the buffer is empty. */
	if (out->full || out->n == start || (v->type & VALUE_ARRAY) != 0)
		return;
	if (v->type != VALUE_GUID && !value_is_text(v))
		return;
	if (!canonical_is_final(span_of(out->p + start, out->n - start)))
		canonical_rewrite(out, start);
}
