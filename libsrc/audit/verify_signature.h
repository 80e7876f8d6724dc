/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUDIT_VERIFY_SIGNATURE_H
#define AUDIT_VERIFY_SIGNATURE_H

#include "audit/finding.h"
#include "stage/reader.h"

struct sign_key;

/* Check manifest.json.sig, the signature of the manifest, with a public key. A
 * manifest without a signature is a bad finding. */
enum rc verify_signature(const struct reader *r, const struct sign_key *key,
    const struct finding_visit *visit, struct err *e);

#endif
