/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds secrets in texts from outside, before the texts are shown or stored. It
 * finds a secret as it is, percent-encoded, in base64 at each of its three
 * alignments, and in hex. Twelve consecutive characters of a secret count as
 * the secret, because texts may be truncated.
 */
#ifndef AUTH_LEAK_H
#define AUTH_LEAK_H

#include <stdbool.h>

/* Text that is shown instead of one that contains a secret. */
#define AUTH_WITHHELD "(withheld: it repeats a secret)"

/* True if a text contains a secret or a part of it, or if memory is exhausted.
 */
bool leak_contains(const char *text, const char *secret);

#endif
