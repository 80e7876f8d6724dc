/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "convert/name_mismatch.h"
#include "evtx/name_check.h"
#include "util/le.h"
#include "util/text.h"

#define LENGTH_AT 6U
/* Maximum length of a name in a message, in bytes of UTF-16. */
#define SHOWN_MAX ((size_t)120)

void
name_mismatch_report(
    struct job *j, size_t at, const struct chunk *c, const struct record *r)
{
	for (size_t i = 0; i < r->n_name_mismatches; i++) {
		const uint32_t offset = r->name_mismatches[i];
		const uint8_t *const p = c->bytes.p + offset;
		/* A name may claim to be longer than the rest of the chunk. */
		const size_t left = (c->bytes.n - offset - NAME_HEAD) & ~1U;
		size_t n = 2 * (size_t)le_u16(p + LENGTH_AT);
		n = n < left ? n : left;
		struct damage d = {
			.kind = "name",
			.offset = at + offset,
			.length = NAME_HEAD + n + 2,
			.salvaged = "the name",
		};
		if (name_check_unhashed(c->bytes, offset)) {
			job_report_damage(j, &d,
			    "names of this chunk have no hash, which some "
			    "writers omit: they are used unchecked");
			continue;
		}
		char why[ERR_TEXT_MAX];
		struct buf name;
		buf_init(&name, 2 * SHOWN_MAX);
		text_utf16_utf8(&name,
		    span_of(p + NAME_HEAD, n < SHOWN_MAX ? n : SHOWN_MAX));
		(void)snprintf(why, sizeof(why),
		    "the name %.*s does not match its hash; the checksums of "
		    "the chunk are right, so it is used",
		    (int)name.n, (const char *)name.p);
		buf_reset(&name);
		j->out.account.names++;
		job_report_damage(j, &d, why);
	}
}
