/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify_sidecar.h"
#include "util/json.h"

enum rc
verify_sidecar(const struct reader *r, struct finding_draft *l,
    const char *which, const struct scan_visit *lines)
{
	struct sidecar want;
	bool more = false;

	enum rc rc = sidecar_read(reader_manifest(r), which, &want, &l->err);
	if (rc == RC_OK)
		rc = sidecar_scan(reader_fd(r), &want, lines, &more, &l->err);
	if (rc == RC_OK)
		l->item.bytes = want.bytes;
	if (rc == RC_OK && more)
		return err_set(&l->err, RC_FATAL, WHY_TAMPERED,
		    "%s is not what was staged: it has more than the %llu "
		    "bytes that the manifest says",
		    l->item.name, (unsigned long long)want.bytes);
	return rc;
}

enum rc
verify_sidecar_digest(const struct reader *r, enum finding_part part,
    const char *which, const struct finding_visit *visit, struct err *e)
{
	char name[SIDECAR_NAME];

	if (json_get(reader_manifest(r), which) == NULL)
		return RC_OK;
	sidecar_name(which, name);
	struct finding_draft l = finding_start(visit, part, name);
	return finding_report(&l, verify_sidecar(r, &l, which, NULL), e);
}
