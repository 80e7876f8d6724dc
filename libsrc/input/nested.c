/* SPDX-License-Identifier: Apache-2.0 */
#include "input/nested.h"

void
nested_look(struct nested *n, struct stream from)
{
	const struct span head =
	    stream_peek_read(&n->peek, from, n->head, sizeof(n->head));

	n->magic = file_type_of(head);
	n->log = file_type_is_evtx(head);
	n->first = head;
	n->copy = (struct spool_file){ -1, 0 };
}

struct stream
nested_stream(struct nested *n)
{
	return stream_of_peek(&n->peek);
}

enum rc
nested_open(struct nested *n, struct spool *spool, struct unpack_from *from,
    struct err *e)
{
	enum rc rc = RC_OK;

	if (n->magic == FILE_TYPE_7Z)
		rc = spool_copy(
		    spool, nested_stream(n), from->name, &n->copy, e);
	from->fd = n->copy.fd;
	from->compressed = n->magic == FILE_TYPE_COMPRESSED;
	from->stream = nested_stream(n);
	return rc;
}

void
nested_close(struct nested *n, struct spool *spool)
{
	spool_close(spool, &n->copy);
}
