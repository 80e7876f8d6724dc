/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkevtx: writes .evtx files for tests. An independent witness: it shares no
 * code with the programs it tests and needs the C library only.
 */
#include <string.h>

#include "catalog.h"
#include "describe.h"
#include "draft.h"
#include "fill.h"
#include "mix.h"
#include "odd.h"
#include "options.h"
#include "rng.h"
#include "writer.h"

/* The names of --odd: bits into the options, lines for the events. */
static void
apply_odds(struct options *o, struct buf *lines)
{
	const char *s = o->odd == NULL ? "" : o->odd;

	while (*s != '\0') {
		const size_t n = strcspn(s, ",");
		const struct odd *const odd = odd_find(s, n);

		o->file.odd |= odd->file;
		o->file.chunk_odd |= odd->chunk;
		if (odd->limit != 0 &&
		    (o->file.limit == 0 || odd->limit < o->file.limit))
			o->file.limit = odd->limit;
		if (odd->lines != NULL)
			buf_str(lines, odd->lines);
		s += n + (s[n] == ',' ? 1 : 0);
	}
	buf_u8(lines, 0);
}

int
main(int argc, char **argv)
{
	struct options o;
	struct buf lines = { 0 };
	struct catalog catalog;
	struct rng rng;

	options_parse(&o, argc, argv);
	apply_odds(&o, &lines);
	catalog_init(&catalog, o.nul);
	rng_init(&rng, o.seed);
	struct draft d = { .catalog = &catalog,
		.fill = fill_create(),
		.rng = &rng,
		.nul = o.nul };
	struct writer *const w = writer_create(&o.file);

	if (o.describe != NULL)
		describe_run(&o, &d, w, (const char *)lines.p);
	else
		mix_run(&o, &d, w, (const char *)lines.p);
	writer_close(w);
	draft_reset(&d);
	fill_destroy(d.fill);
	catalog_reset(&catalog);
	buf_free(&lines);
	return 0;
}
