/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "input/levels.h"
#include "input/zipdir.h"

bool
levels_is_archive(int fd, const char *path, struct span head)
{
	uint8_t room[ZIPDIR_END_BYTES];
	struct zipdir_end end;
	struct err e;

	if (file_type_of(head) != FILE_TYPE_UNKNOWN)
		return true;
	err_clear(&e);
	return !file_type_is_evtx(head) &&
	       zipdir_end_of(fd, path, room, &end, &e) == RC_OK &&
	       zipdir_is_there(&end);
}

struct levels_archive *
levels_innermost(struct levels *l)
{
	return &l->archives[l->n - 1];
}

const char *
levels_name(const struct levels *l)
{
	return l->n == 1 ? l->name : l->archives[l->n - 2].name;
}

static enum rc
read_member(void *ctx, struct span *block, struct err *e)
{
	struct levels_archive *const a = ctx;
	struct err why;

	err_clear(&why);
	const enum rc rc = unpack_block(a->u, block, &why);
	if (rc == RC_SKIP)
		return err_set(e, rc, why.why, "%s: %s", a->name, why.text);
	if (rc == RC_FATAL)
		*e = why;
	return rc;
}

struct stream
levels_member_stream(struct levels *l)
{
	return (struct stream){ read_member, levels_innermost(l) };
}

struct levels_probe *
levels_probe(struct levels *l, struct stream stream)
{
	struct levels_probe *const p = &l->archives[l->n].probe;

	p->head =
	    stream_peek_read(&p->peek, stream, p->bytes, sizeof(p->bytes));
	p->type = file_type_of(p->head);
	return p;
}

enum rc
levels_enter(struct levels *l, const char *name, int fd, struct stream stream,
    struct err *e)
{
	struct levels_archive *const a = &l->archives[l->n];
	struct unpack_from from = {
		.name = name,
		.fd = fd,
		.stream = stream,
		.compressed = a->probe.type == FILE_TYPE_COMPRESSED,
		.outer = l->n == 0 ? NULL : a[-1].u,
	};
	enum rc rc = RC_OK;

	a->copy.fd = -1;
	a->unseen = 0;
	if (l->n++ == 0)
		l->name = name;
	if (fd == -1 && a->probe.type == FILE_TYPE_7Z) {
		rc = spool_copy(l->spool, stream, name, &a->copy, e);
		from.fd = a->copy.fd;
	}
	if (rc == RC_OK)
		rc = unpack_create(&a->u, l->unpack, &from, e);
	if (rc != RC_OK)
		levels_leave(l);
	return rc;
}

void
levels_leave(struct levels *l)
{
	struct levels_archive *const a = levels_innermost(l);

	unpack_destroy(a->u);
	spool_close(l->spool, &a->copy);
	free(a->name);
	a->u = NULL;
	a->name = NULL;
	l->n--;
}
