/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stage/sidecar.h"
#include "util/json.h"

void
sidecar_name(const char *which, char name[SIDECAR_NAME])
{
	(void)snprintf(name, SIDECAR_NAME, "%s.ndjson", which);
}

enum rc
sidecar_read(const struct cJSON *manifest, const char *which, struct sidecar *l,
    struct err *e)
{
	const struct cJSON *const o = json_get(manifest, which);
	const char *name = "";
	const char *sha256 = "";

	sidecar_name(which, l->name);
	enum rc rc = json_need_text(o, "name", &name, e);
	if (rc == RC_OK)
		rc = json_need_text(o, "sha256", &sha256, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "bytes", &l->bytes, e);
	if (rc == RC_OK)
		rc = json_need_u64(o, "lines", &l->lines, e);
	if (rc != RC_OK)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "member \"%s\" does not describe a file", which);
	if (strcmp(name, l->name) != 0 || !digest_is_hex(sha256))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "member \"%s\" does not describe %s", which, l->name);
	memcpy(l->sha256, sha256, DIGEST_HEX);
	return RC_OK;
}

void
sidecar_add(struct cJSON *manifest, const char *which, const struct sidecar *l)
{
	struct cJSON *const o = json_add_object(manifest, which);
	char name[SIDECAR_NAME];

	sidecar_name(which, name);
	json_add_text(o, "name", name);
	json_add_text(o, "sha256", l->sha256);
	json_add_count(o, "bytes", l->bytes);
	json_add_count(o, "lines", l->lines);
}

static enum rc
compare(const struct sidecar *l, const struct scan_sum *sum, struct err *e)
{
	if (sum->bytes != l->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: it has %llu bytes, the "
		    "manifest says %llu",
		    l->name, (unsigned long long)sum->bytes,
		    (unsigned long long)l->bytes);
	if (strcmp(sum->sha256, l->sha256) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: its SHA-256 is %s, the "
		    "manifest says %s",
		    l->name, sum->sha256, l->sha256);
	if (sum->lines != l->lines || sum->whole != l->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s has %llu whole lines, the manifest says %llu", l->name,
		    (unsigned long long)sum->lines,
		    (unsigned long long)l->lines);
	return RC_OK;
}

enum rc
sidecar_scan(int dirfd, const struct sidecar *l, const struct scan_visit *visit,
    bool *more, struct err *e)
{
	struct scan_sum sum;

	/* O_NONBLOCK: if somebody put a FIFO there, open(2) must not block. */
	const int fd = openat(
	    dirfd, l->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && (errno == ENOENT || errno == ELOOP))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is missing or is a symbolic link", l->name);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", l->name);
	const struct scan_part part = { fd, l->name, l->bytes };
	enum rc rc = scan_lines_part(&part, visit, &sum, e);
	(void)close(fd);
	if (rc == RC_OK)
		rc = compare(l, &sum, e);
	if (more != NULL)
		*more = sum.more;
	return rc;
}
