/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of accounts by SID, from a file of the user's. Each line has a SID
 * and an account, separated by a tab or a comma, each with or without double
 * quotes:
 *
 *   # from info --sids
 *   S-1-5-21-1-2-3-1104	CORP\ann
 *
 * Empty lines, lines that begin with # and a first line "SID" are skipped. A
 * SID may occur twice with the same account, but not with different ones.
 */
#ifndef SCHEMA_ACCOUNTS_H
#define SCHEMA_ACCOUNTS_H

#include "event/value.h"
#include "util/err.h"

#define ACCOUNTS_FILE_MAX ((size_t)64 << 20)
#define ACCOUNTS_NAME_MAX 512U /* maximum length of an account in bytes */

struct accounts;

/* Read the file. Fails with WHY_USAGE and the file's name and line; *ap must be
 * destroyed even then. accounts_destroy() takes NULL. */
enum rc accounts_read(struct accounts **ap, const char *path, struct err *e);
void accounts_destroy(struct accounts *a);

/* Returns the SHA-256 of the file in lower-case hex. */
const char *accounts_sha256(const struct accounts *a);

/* Returns the account of a SID, escaped for JSON without quotes; empty if the
 * file does not have the SID, or if `a` is NULL. */
struct span accounts_find(const struct accounts *a, const struct value *sid);

#endif
