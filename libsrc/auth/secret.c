/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/form.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_SECRET, AUTH_SETTINGS };

static bool
chosen(const struct auth_options *options)
{
	return options->value[AUTH_SECRET] != NULL;
}

const struct flow_kind secret_flow = {
	.name = "secret",
	.needs = needs,
	.chosen = chosen,
	.ask = form_ask_secret,
	.read = form_read,
};
