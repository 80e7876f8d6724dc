// SPDX-License-Identifier: Apache-2.0
// Uploads an NDJSON file with the real Azure SDK, as a user's program would.
//
//   node upload.mjs ENDPOINT DCR STREAM FILE
//
// Authentication comes from AZURE_TENANT_ID, AZURE_CLIENT_ID,
// AZURE_CLIENT_SECRET and AZURE_AUTHORITY_HOST; NODE_EXTRA_CA_CERTS names the
// authority that signed the server's certificate.

import { readFileSync } from "node:fs";
import { EnvironmentCredential } from "@azure/identity";
import { LogsIngestionClient } from "@azure/monitor-ingestion";

const [endpoint, dcr, stream, file] = process.argv.slice(2);
const rows = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

// Without instance discovery the SDK trusts the given authority instead of
// asking the public cloud about it.
const credential = new EnvironmentCredential({
  disableInstanceDiscovery: true,
});
const client = new LogsIngestionClient(endpoint, credential);

const began = performance.now();
try {
  await client.upload(dcr, stream, rows);
} catch (error) {
  for (const { cause } of error.errors ?? [{ cause: error }]) {
    console.error(`${cause.name} ${cause.statusCode ?? ""} ${cause.message}`);
  }
  process.exit(1);
}
const seconds = (performance.now() - began) / 1000;
console.log(`${rows.length} records in ${seconds.toFixed(3)} s`);
