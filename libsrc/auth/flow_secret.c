/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/flow_secret.h"
#include "auth/entra.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_SECRET, AUTH_SETTINGS };

static bool
is_configured(const struct auth_options *options)
{
	return options->value[AUTH_SECRET] != NULL;
}

const struct flow_kind flow_secret = {
	.name = "secret",
	.needs = needs,
	.is_configured = is_configured,
	.write_request = entra_put_secret,
	.read_answer = entra_read_answer,
};
