/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the options of a token flow (auth/setting.h) from the options of
 * evtxload. Secrets are copied from the environment and wiped there, since
 * other processes of the user can read it in /proc.
 */
#ifndef TOOLS_LOAD_AUTH_H
#define TOOLS_LOAD_AUTH_H

#include "auth/setting.h"
#include "tools/load_config.h"
#include "util/err.h"

/* The copies that the options point to. Initialize with zeros. */
struct secrets {
	char *value[AUTH_SETTINGS];
};

/* WHY_USAGE if the chosen method or a file of a secret is not valid. What the
 * method lacks is reported by auth_missing(). */
enum rc load_auth(const struct options *o, struct secrets *secrets,
    struct auth_options *out, struct err *e);

/* Wipe and free the copies. */
void load_auth_wipe(struct secrets *secrets);

#endif
