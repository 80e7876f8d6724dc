/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "convert/damage.h"
#include "convert/name_mismatch.h"
#include "evtx/name_check.h"
#include "util/le.h"
#include "util/text.h"

#define LENGTH_AT 6U
#define SHOWN_MAX ((size_t)60) /* characters of the name */

/* Bytes of the name, as far as they are in the chunk. */
static struct span
chars_of(const struct chunk *c, uint32_t offset)
{
	const size_t left = c->bytes.n - offset - NAME_HEAD;
	const size_t n = 2 * (size_t)le_u16(c->bytes.p + offset + LENGTH_AT);

	return span_of(
	    c->bytes.p + offset + NAME_HEAD, n < left ? n : left & ~1U);
}

static void
note_name(struct job *j, const struct damage *d, struct span chars)
{
	char why[ERR_TEXT_MAX];
	struct buf name;

	buf_init(&name, 4 * SHOWN_MAX);
	text_utf16_utf8(
	    &name, span_of(chars.p,
		       chars.n < 2 * SHOWN_MAX ? chars.n : 2 * SHOWN_MAX));
	(void)snprintf(why, sizeof(why),
	    "the name %.*s does not fit its hash; the checksums of the chunk "
	    "hold, so it is believed",
	    (int)name.n, (const char *)name.p);
	buf_reset(&name);
	j->out.account.names++;
	damage_put(&j->damage, d, why);
}

void
name_mismatch_report(struct job *j, uint64_t chunk, const struct chunk *c,
    const struct record *r)
{
	for (size_t i = 0; i < r->n_name_mismatches; i++) {
		const uint32_t at = r->name_mismatches[i];
		const struct span chars = chars_of(c, at);
		const struct damage d = {
			.source = j->name,
			.kind = "name",
			.offset = chunk + at,
			.length = NAME_HEAD + chars.n + 2,
			.salvaged = "the name",
		};
		if (name_check_unhashed(c->bytes, at))
			damage_put(&j->damage, &d,
			    "names of this chunk have no hash, as some "
			    "writers leave it out: they are believed");
		else
			note_name(j, &d, chars);
	}
}
