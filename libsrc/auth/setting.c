/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/setting.h"
#include "util/clock.h"

static const struct {
	const char *name;
	bool secret;
} settings[AUTH_SETTINGS] = {
	[AUTH_TENANT] = { "AZURE_TENANT_ID", false },
	[AUTH_CLIENT] = { "AZURE_CLIENT_ID", false },
	[AUTH_AUTHORITY] = { "AZURE_AUTHORITY_HOST", false },
	[AUTH_SECRET] = { "AZURE_CLIENT_SECRET", true },
	[AUTH_CERT_FILE] = { "AZURE_CLIENT_CERTIFICATE_PATH", false },
	[AUTH_CERT_PASSWORD] = { "AZURE_CLIENT_CERTIFICATE_PASSWORD", true },
	[AUTH_CERT_CHAIN] = { "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", false },
	[AUTH_CERT_ALGORITHM] = { "client_certificate_algorithm", false },
	[AUTH_MANAGED_CLIENT] = { "managed_client_id", false },
	[AUTH_MANAGED_OBJECT] = { "managed_object_id", false },
	[AUTH_MANAGED_RESOURCE] = { "managed_resource_id", false },
	[AUTH_IDENTITY_ENDPOINT] = { "IDENTITY_ENDPOINT", false },
	[AUTH_IDENTITY_HEADER] = { "IDENTITY_HEADER", true },
	[AUTH_IMDS_ENDPOINT] = { "IMDS_ENDPOINT", false },
	[AUTH_IMDS_HOST] = { "AZURE_POD_IDENTITY_AUTHORITY_HOST", false },
	[AUTH_FEDERATED_FILE] = { "AZURE_FEDERATED_TOKEN_FILE", false },
	[AUTH_PROXY_URL] = { "AZURE_KUBERNETES_TOKEN_PROXY", false },
	[AUTH_PROXY_SNI] = { "AZURE_KUBERNETES_SNI_NAME", false },
	[AUTH_PROXY_CA_FILE] = { "AZURE_KUBERNETES_CA_FILE", false },
	[AUTH_PROXY_CA_DATA] = { "AZURE_KUBERNETES_CA_DATA", false },
	[AUTH_GITHUB_URL] = { "ACTIONS_ID_TOKEN_REQUEST_URL", false },
	[AUTH_GITHUB_TOKEN] = { "ACTIONS_ID_TOKEN_REQUEST_TOKEN", true },
	[AUTH_PIPELINES_URL] = { "SYSTEM_OIDCREQUESTURI", false },
	[AUTH_PIPELINES_TOKEN] = { "SYSTEM_ACCESSTOKEN", true },
	[AUTH_PIPELINES_CONNECTION] = { "AZURESUBSCRIPTION_SERVICE_CONNECTION_"
					"ID",
	    false },
	[AUTH_TOKEN] = { "--token-fd", true },
};

const struct auth_platform setting_platform = {
	.now = clock_now,
	.imds = "http://169.254.169.254",
	.arc_folder = "/var/opt/azcmagent/tokens",
	.arc_agent = "/opt/azcmagent/bin/himds",
	.arc_address = "http://127.0.0.1:40342/metadata/identity/oauth2/token",
};

const char *
setting_name(enum auth_setting setting)
{
	return settings[setting].name;
}

bool
setting_is_secret(enum auth_setting setting)
{
	return settings[setting].secret;
}
