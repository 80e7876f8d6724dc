/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert/collected.h"
#include "input/layout.h"

static char *
copy_of(struct span s)
{
	return strndup(s.n == 0 ? "" : (const char *)s.p, s.n);
}

enum rc
collected_find(struct collected *c, struct source_entry *s, struct err *e)
{
	struct layout l;

	*c = (struct collected){ NULL, NULL };
	/* If memory is exhausted, layout_init() finds no layout: use errno. */
	errno = 0;
	layout_init(&l, s->name);
	const bool starved = errno == ENOMEM;
	const char *const by = layout_name(l.tool);
	if (by != NULL)
		c->path = copy_of(buf_span(&l.path));
	if (l.host.n != 0)
		c->host = copy_of(l.host);
	s->collected =
	    (struct source_entry_collected){ by, c->host, c->path, l.shadow };
	const bool whole = !starved && (by == NULL || c->path != NULL) &&
			   (l.host.n == 0 || c->host != NULL);
	layout_reset(&l);
	return whole ? RC_OK : err_nomem(e);
}

void
collected_reset(struct collected *c)
{
	free(c->host);
	free(c->path);
}
