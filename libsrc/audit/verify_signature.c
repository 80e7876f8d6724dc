/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify_signature.h"
#include "util/io.h"
#include "util/maxima.h"
#include "util/sign.h"

enum rc
verify_signature(const struct reader *r, const struct sign_key *key,
    const struct finding_visit *visit, struct err *e)
{
	struct finding_draft l =
	    finding_start(visit, FINDING_SIGNATURE, "manifest.json.sig");
	struct buf text;
	struct buf signature;

	buf_init(&text, MAXIMUM_MANIFEST);
	buf_init(&signature, MAXIMUM_MANIFEST);
	enum rc rc = io_slurp(reader_fd(r), "manifest.json", &text, &l.err);
	if (rc == RC_OK &&
	    io_slurp(reader_fd(r), l.item.name, &signature, &l.err) != RC_OK)
		rc = err_set(&l.err, RC_FATAL, WHY_TAMPERED,
		    "%s is missing: the manifest is not signed", l.item.name);
	if (rc == RC_OK)
		rc = sign_check(
		    key, buf_span(&text), buf_span(&signature), &l.err);
	buf_reset(&text);
	buf_reset(&signature);
	return finding_report(&l, rc, e);
}
