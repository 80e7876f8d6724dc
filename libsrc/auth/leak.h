/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a text from elsewhere repeats a secret: as it is, percent-encoded,
 * in base64 at any of its three places, or in hex. A part that is long enough
 * to be no accident counts like the whole, since texts are cut.
 */
#ifndef AUTH_LEAK_H
#define AUTH_LEAK_H

#include <stdbool.h>

bool leak_contains(const char *text, const char *secret);

#endif
