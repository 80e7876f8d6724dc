/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/headsum.h"
#include "util/io.h"

struct headsum {
	struct digest *digest;
	uint8_t head[HEADSUM_BYTES];
};

enum rc
headsum_create(struct headsum **hp, struct err *e)
{
	struct headsum *const h = calloc(1, sizeof(*h));

	*hp = h;
	return h == NULL ? err_nomem(e) : digest_create(&h->digest, e);
}

void
headsum_destroy(struct headsum *h)
{
	if (h == NULL)
		return;
	digest_destroy(h->digest);
	free(h);
}

/* O_NONBLOCK: a FIFO in the place of the file must not block. */
enum rc
headsum_file(
    struct headsum *h, const char *path, struct headsum_value *v, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char size[32];
	struct stat st;
	size_t n = 0;

	if (fd == -1)
		return errno == ENOMEM ? err_nomem(e)
				       : err_sys(e, RC_SKIP, "%s", path);
	const struct io_read r = { fd, 0, h->head, HEADSUM_BYTES, path };
	enum rc rc = RC_OK;
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, RC_SKIP, "%s", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s is not a regular file", path);
	if (rc == RC_OK && io_pread(&r, &n, e) != RC_OK)
		rc = RC_SKIP;
	(void)close(fd);
	if (rc != RC_OK)
		return rc;
	v->bytes = (uint64_t)st.st_size;
	const int length = snprintf(
	    size, sizeof(size), "%llu\n", (unsigned long long)v->bytes);
	rc = digest_restart(h->digest, e);
	if (rc == RC_OK)
		rc = digest_add(h->digest, span_of(size, (size_t)length), e);
	if (rc == RC_OK)
		rc = digest_add(h->digest, span_of(h->head, n), e);
	return rc == RC_OK ? digest_final(h->digest, v->sum, e) : rc;
}
