/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authority says when it gives no token, for its reader: a hint what
 * to do, the AADSTS line, and the ids by which support finds the request.
 * Nothing else of the answer is shown.
 */
#ifndef AUTH_REFUSAL_H
#define AUTH_REFUSAL_H

#include "auth/flow.h"

/* RC_RETRY for a temporary refusal, else WHY_DENIED. */
enum rc refusal_entra(
    struct flow *f, const struct http_answer *answer, struct err *e);

#endif
