/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "convert/collected.h"
#include "input/layout.h"

static char *
copy_of(struct span s)
{
	return strndup(s.n == 0 ? "" : (const char *)s.p, s.n);
}

static enum rc
note(struct manifest_source *s, struct err *e)
{
	struct manifest_collected *const c = &s->collected;
	struct layout l;

	/* Without memory it looks like no layout at all. */
	errno = 0;
	layout_init(&l, s->name);
	if (errno == ENOMEM) {
		layout_reset(&l);
		return err_nomem(e);
	}
	c->by = layout_name(l.tool);
	c->shadow_copy = l.shadow;
	if (c->by != NULL)
		c->path = copy_of(buf_span(&l.path));
	if (l.host.n != 0)
		c->host = copy_of(l.host);
	const bool whole = (c->by == NULL || c->path != NULL) &&
			   (l.host.n == 0 || c->host != NULL);
	layout_reset(&l);
	return whole ? RC_OK : err_nomem(e);
}

enum rc
collected_note(struct manifest *m, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = m->n_earlier; rc == RC_OK && i < m->n_sources; i++)
		rc = note(&m->sources[i], e);
	return rc;
}
