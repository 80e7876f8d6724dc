// SPDX-License-Identifier: Apache-2.0
// A receiver for measurements: grants every token, accepts every body, limits
// nothing and looks into nothing. It counts requests, bytes on the wire and,
// by the last four bytes of each gzip body, bytes before compression.
//
//   node counting-server.mjs CERT KEY
//
// It prints its port. GET /count answers with the counts and forgets them.

import { createServer } from "node:https";
import { readFileSync } from "node:fs";

const [cert, key] = process.argv.slice(2).map((name) => readFileSync(name));
const TOKEN = JSON.stringify({
  token_type: "Bearer",
  expires_in: 3599,
  // As long as one of Entra ID, since clients search their tokens in answers.
  access_token: "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.".padEnd(2048, "a1B2-c3D4_"),
});
const CONFIGURATION = "/v2.0/.well-known/openid-configuration";
const nothing = () => ({ requests: 0, wire: 0, plain: 0 });
let count = nothing();

function answerText(response, text) {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(text);
}

// What the SDK asks for before its token.
function configuration(request) {
  const base = `https://${request.headers.host}${request.url.split("/v2.0/")[0]}`;
  return JSON.stringify({
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
  });
}

function accept(request, response) {
  let last = Buffer.alloc(0);
  request.on("data", (block) => {
    count.wire += block.length;
    last = block.length >= 4 ? block : Buffer.concat([last, block]);
  });
  request.on("end", () => {
    count.requests += 1;
    count.plain += last.readUInt32LE(last.length - 4);
    response.writeHead(204);
    response.end();
  });
}

const server = createServer({ cert, key }, (request, response) => {
  if (request.url.startsWith("/dataCollectionRules/")) {
    accept(request, response);
  } else if (request.url === "/count") {
    answerText(response, JSON.stringify(count));
    count = nothing();
  } else if (request.url.includes(CONFIGURATION)) {
    answerText(response, configuration(request));
  } else {
    request.resume();
    request.on("end", () => answerText(response, TOKEN));
  }
});
server.keepAliveTimeout = 60000;
server.listen(0, "localhost", () => console.log(server.address().port));
