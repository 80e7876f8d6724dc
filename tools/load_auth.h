/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the settings to the options of a flow (auth/setting.h): which one, and
 * what it is configured with. Secrets are copied out of the environment, and
 * wiped there: whoever may look into /proc would see them as long as we run.
 */
#ifndef TOOLS_LOAD_AUTH_H
#define TOOLS_LOAD_AUTH_H

#include "auth/setting.h"
#include "tools/load_options.h"
#include "util/err.h"

/* The copies that the options point to; zeroed before. */
struct secrets {
	char *value[AUTH_SETTINGS];
};

/* WHY_USAGE if a choice or a secret file makes no sense. Whether the chosen
 * flow has all that it needs is for auth_missing(). */
enum rc load_auth(const struct options *o, struct secrets *secrets,
    struct auth_options *out, struct err *e);

/* Wipe and free the copies. */
void load_auth_wipe(struct secrets *secrets);

#endif
