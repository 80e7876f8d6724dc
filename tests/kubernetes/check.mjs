// SPDX-License-Identifier: Apache-2.0
// Checks a manifest of Kubernetes against the models of its API.
//
//   node check.mjs MANIFEST
//
// The models' validate() finds wrong types and missing members, but ignores
// unknown ones. So each member's name is also looked up in the declaration of
// its type. Prints a line for each fault; exit 1 if there is one.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import yaml from 'js-yaml';

const require = createRequire(import.meta.url);
const models = dirname(require.resolve('kubernetes-models/package.json'));
const faults = [];

function declarationFile(name, from) {
  const base = name.startsWith('.')
    ? resolve(dirname(from), name)
    : join(models, '..', name);
  return [`${base}.d.ts`, join(base, 'index.d.ts')].find(existsSync);
}

// The members of the interface in a file: name -> { type, file } of models,
// or null for texts, numbers and maps.
function members(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '');
  const imports = {};
  for (const [, names, from] of
    text.matchAll(/import \{ ([^}]+) \} from "([^"]+)"/g)) {
    for (const name of names.split(', ')) imports[name] = from;
  }
  const body = /export interface \w+[^{]*\{([^]*?)\n\}/.exec(text)[1];
  const result = { apiVersion: null, kind: null };
  for (const [, name, type] of
    body.matchAll(/^ {4}"(\w+)"\??: ([^;{]+|\{[^}]*\});/gm)) {
    const model = /I[A-Z]\w+/.exec(type.startsWith('{') ? '' : type)?.[0];
    const target = model && imports[model] &&
      declarationFile(imports[model], file);
    result[name] = target || null;
  }
  return result;
}

function checkNames(value, file, place) {
  if (Array.isArray(value)) {
    value.forEach((item, i) => checkNames(item, file, `${place}[${i}]`));
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const known = members(file);
  for (const [name, inner] of Object.entries(value)) {
    if (!(name in known)) faults.push(`${place}.${name}: unknown member`);
    else if (known[name]) checkNames(inner, known[name], `${place}.${name}`);
  }
}

for (const manifest of yaml.loadAll(readFileSync(process.argv[2], 'utf8'))) {
  const folder = manifest.apiVersion.replace('core/', '');
  const model = require(`kubernetes-models/${folder}`)[manifest.kind];
  if (!model) {
    faults.push(`unknown kind ${manifest.apiVersion} ${manifest.kind}`);
    continue;
  }
  try {
    new model(manifest).validate();
  } catch (e) {
    faults.push(e.message);
  }
  checkNames(manifest, join(models, folder, `${manifest.kind}.d.ts`),
    manifest.kind);
}
for (const fault of faults) console.log(fault);
process.exit(faults.length ? 1 : 0);
