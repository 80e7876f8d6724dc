// SPDX-License-Identifier: Apache-2.0
// Gets a token with @azure/identity, so that its requests can be compared with
// those of evtxload.
//
//   node identity.mjs FLOW
//
// All comes from the environment variables that evtxload reads, too, but for
// IDENTITY: the user-assigned identity, as options of its credential.

import * as identity from "@azure/identity";

const env = process.env;
const options = {
  authorityHost: env.AZURE_AUTHORITY_HOST,
  disableInstanceDiscovery: true,
  retryOptions: { maxRetries: 0 },
};
const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = env;

const flows = {
  secret: () =>
    new identity.ClientSecretCredential(
      tenant,
      client,
      env.AZURE_CLIENT_SECRET,
      options,
    ),
  certificate: () =>
    new identity.ClientCertificateCredential(
      tenant,
      client,
      {
        certificatePath: env.AZURE_CLIENT_CERTIFICATE_PATH,
      },
      {
        ...options,
        sendCertificateChain: env.AZURE_CLIENT_SEND_CERTIFICATE_CHAIN === "1",
      },
    ),
  workload: () =>
    new identity.WorkloadIdentityCredential({
      ...options,
      tenantId: tenant,
      clientId: client,
      tokenFilePath: env.AZURE_FEDERATED_TOKEN_FILE,
    }),
  managed: () =>
    new identity.ManagedIdentityCredential(JSON.parse(env.IDENTITY ?? "{}")),
  pipelines: () =>
    new identity.AzurePipelinesCredential(
      tenant,
      client,
      env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID,
      env.SYSTEM_ACCESSTOKEN,
      options,
    ),
};

const credential = flows[process.argv[2]]();
try {
  await credential.getToken("https://monitor.azure.com/.default");
} catch (error) {
  console.error(`${error.name} ${error.message}`);
  process.exit(1);
}
