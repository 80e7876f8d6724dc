// SPDX-License-Identifier: Apache-2.0
// An authority that checks client assertions for real: oidc-provider, an
// implementation of OpenID Connect certified by its foundation.
//
//   node authority.mjs TENANT CLIENT CERTIFICATE TLS-KEY TLS-CERTIFICATE
//
// Prints the port once it listens on localhost, then one JSON line a token
// request: {"granted": bool, "why": text}. CERTIFICATE signs with PS256.

import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { Provider } from "oidc-provider";

const [tenant, client, certificate, key, cert] = process.argv.slice(2);
const jwk = createPublicKey(readFileSync(certificate)).export({
  format: "jwk",
});
const path = `/${tenant}/oauth2/v2.0/token`;

let handle;
const server = https.createServer(
  { key: readFileSync(key), cert: readFileSync(cert) },
  (request, response) => handle(request, response),
);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`https://localhost:${port}/${tenant}/v2.0`, {
    clients: [
      {
        client_id: client,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "PS256",
        jwks: { keys: [{ ...jwk, use: "sig" }] },
      },
    ],
    routes: { token: path },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
    },
    scopes: ["https://monitor.azure.com/.default"],
    clientAuthMethods: ["private_key_jwt"],
  });
  const say = (granted, why) => console.log(JSON.stringify({ granted, why }));
  provider.on("grant.success", () => say(true, ""));
  provider.on("grant.error", (context, error) =>
    say(false, `${error.error}: ${error.error_detail ?? ""}`),
  );
  provider.on("server_error", (context, error) =>
    say(false, `server_error: ${error}`),
  );
  handle = provider.callback();
  console.log(port);
});
