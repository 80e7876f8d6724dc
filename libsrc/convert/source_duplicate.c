/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/source_duplicate.h"

enum rc
source_duplicate_find(struct duplicate_sources *known, struct pending_source *s,
    const char sha256[DIGEST_HEX], struct err *e)
{
	struct duplicate_source other;
	bool found = false;

	const enum rc rc =
	    duplicate_sources_find(known, sha256, &other, &found, e);
	if (rc != RC_OK || !found)
		return rc;
	memcpy(s->line.sha256, sha256, DIGEST_HEX);
	s->line.bytes = other.bytes;
	s->ended = true;
	s->whole = false;
	return pending_sources_set_text(&s->line.duplicate_of, other.name)
		   ? RC_OK
		   : err_nomem(e);
}
