/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds secrets in texts from outside, before they are shown or stored: as they
 * are, percent-encoded, in base64 at each of its three alignments, or in hex. A
 * part of a secret of twelve characters counts as the secret, because texts are
 * truncated.
 */
#ifndef AUTH_LEAK_H
#define AUTH_LEAK_H

#include <stdbool.h>

/* Shown instead of a text that contains a secret. */
#define AUTH_WITHHELD "(withheld: it repeats a secret)"

/* True if a text contains a secret or a part of it. Also true if there is no
 * memory for the search. */
bool leak_contains(const char *text, const char *secret);

#endif
