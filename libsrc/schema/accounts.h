/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts by SID, from a file of the user's: a line for each, the SID and the
 * account behind a tab or a comma, either in double quotes or bare:
 *
 *   # from info --sids
 *   S-1-5-21-1-2-3-1104	CORP\ann
 *
 * Empty lines, lines that begin with # and a first line "SID" are skipped. A
 * SID may come again with the same account, not with another one.
 */
#ifndef SCHEMA_ACCOUNTS_H
#define SCHEMA_ACCOUNTS_H

#include "event/value.h"
#include "util/err.h"

#define ACCOUNTS_FILE_MAX ((size_t)64 << 20)
#define ACCOUNTS_NAME_MAX 512U /* bytes of an account */

struct accounts;

/* WHY_USAGE names the file and, for a line that is wrong, its number. Destroy
 * takes NULL. */
enum rc accounts_read(struct accounts **ap, const char *path, struct err *e);
void accounts_destroy(struct accounts *a);

/* Of the file, as lower-case hex. */
const char *accounts_sha256(const struct accounts *a);

/* The account of a SID, the inside of a JSON string; empty if the file has
 * none. `a` may be NULL. */
struct span accounts_find(const struct accounts *a, const struct value *sid);

#endif
