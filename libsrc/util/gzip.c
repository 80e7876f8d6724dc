/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <libdeflate.h>

#include "util/gzip.h"

struct gzip {
	struct libdeflate_compressor *with;
};

enum rc
gzip_create(int level, struct gzip **gp, struct err *e)
{
	struct gzip *const g = calloc(1, sizeof(*g));

	*gp = NULL;
	if (g == NULL)
		return err_nomem(e);
	g->with = libdeflate_alloc_compressor(level);
	if (g->with == NULL) {
		free(g);
		return err_nomem(e);
	}
	*gp = g;
	return RC_OK;
}

void
gzip_destroy(struct gzip *g)
{
	if (g == NULL)
		return;
	libdeflate_free_compressor(g->with);
	free(g);
}

enum rc
gzip_pack(struct gzip *g, struct span in, struct buf *out, struct err *e)
{
	const size_t bound = libdeflate_gzip_compress_bound(g->with, in.n);
	uint8_t *const p = buf_room(out, bound);

	if (p == NULL)
		return buf_fail(out, "the compressed batch", e);
	const size_t n =
	    libdeflate_gzip_compress(g->with, in.p, in.n, p, bound);
	if (n == 0)
		return err_set(e, RC_FATAL, WHY_FOREIGN,
		    "libdeflate could not compress %zu bytes", in.n);
	out->n += n;
	return RC_OK;
}
