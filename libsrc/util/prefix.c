/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "util/io.h"
#include "util/prefix.h"

#define BLOCK ((size_t)256 << 10)

enum rc
prefix_changed(const char *name, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s was changed since the checkpoint: start anew with --force",
	    name);
}

enum rc
prefix_read(
    const struct prefix *p, const struct prefix_visit *visit, struct err *e)
{
	struct io_read in = {
		.fd = p->fd, .p = malloc(BLOCK), .name = p->name
	};
	enum rc rc = in.p == NULL ? err_nomem(e) : RC_OK;
	size_t got = 0;

	while (rc == RC_OK && in.off < p->n) {
		in.n = p->n - in.off < BLOCK ? (size_t)(p->n - in.off) : BLOCK;
		rc = io_pread(&in, &got, e);
		if (rc == RC_OK && got != in.n)
			rc = prefix_changed(p->name, e);
		if (rc == RC_OK)
			rc = visit->take(visit->arg, span_of(in.p, got), e);
		in.off += got;
	}
	free(in.p);
	return rc;
}

static enum rc
take(void *arg, struct span bytes, struct err *e)
{
	return digest_add(arg, bytes, e);
}

enum rc
prefix_check(const struct prefix *p, struct span rest,
    const struct digest_state *state, struct err *e)
{
	char sha256[2][DIGEST_HEX];
	struct digest *d;

	enum rc rc = digest_create(&d, e);
	const struct prefix_visit visit = { take, d };
	if (rc == RC_OK)
		rc = prefix_read(p, &visit, e);
	if (rc == RC_OK)
		rc = digest_add(d, rest, e);
	if (rc == RC_OK)
		rc = digest_final_hex(d, sha256[0], e);
	if (rc == RC_OK) {
		digest_restore(d, state);
		rc = digest_final_hex(d, sha256[1], e);
	}
	digest_destroy(d);
	return rc == RC_OK && strcmp(sha256[0], sha256[1]) != 0
		   ? prefix_changed(p->name, e)
		   : rc;
}
