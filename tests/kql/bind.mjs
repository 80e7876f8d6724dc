// SPDX-License-Identifier: Apache-2.0
// Binds KQL queries with Microsoft's parser and binder.
//
// Standard input, of each job its tables and queries:
//   {"job": {"tables": {"SecurityEvent": {"EventID": "int", ...}, ...},
//            "queries": {"name": "text", ...}}, ...}
// Standard output:
//   {"job": {"name": {"errors": ["..."], "columns": {"name": "type"},
//                     "used": {"column": ["Filter", ...]},
//                     "builtin": ["count", ...]}, ...}, ...}
//
// `columns` is the type of the result. `used` lists the columns of the tables
// that a query refers to, with the operators in which it does; `builtin` the
// functions of the language that it calls.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The bundle is a browser script that sets globals.
globalThis.window = globalThis;
const require = createRequire(import.meta.url);
const bundle = '@kusto/language-service-next/';
require(bundle + 'bridge.min.js');
require(bundle + 'Kusto.Language.Bridge.min.js');

const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

function makeTable(name, columns) {
	return new Symbols.TableSymbol.$ctor4(name, Object.entries(columns).map(
		([column, type]) => new Symbols.ColumnSymbol(column,
			Symbols.ScalarTypes.GetSymbol(type))));
}

function list(things) {
	const out = [];
	for (let i = 0; i < things.Count; i++)
		out.push(things.getItem(i));
	return out;
}

// The name of the operator around a syntax node: Filter, Summarize, ...
function operatorOf(node) {
	for (let at = node; at; at = at.Parent) {
		const kind = at.constructor.$$name.split('.').pop();
		if (kind.endsWith('Operator'))
			return kind.slice(0, -'Operator'.length);
	}
	return '';
}

function usesOf(code, tables) {
	const used = {};
	code.Syntax.WalkNodes((node) => {
		const symbol = node.ReferencedSymbol;
		if (!(symbol instanceof Symbols.ColumnSymbol))
			return;
		if (!Object.values(tables).some((t) => symbol.Name in t))
			return;
		(used[symbol.Name] ??= new Set()).add(operatorOf(node));
	});
	return Object.fromEntries(Object.entries(used).map(
		([name, where]) => [name, [...where].sort()]));
}

function builtinsOf(code, globals) {
	const names = new Set();
	code.Syntax.WalkNodes((node) => {
		const symbol = node.ReferencedSymbol;
		if (symbol instanceof Symbols.FunctionSymbol &&
		    globals.IsBuiltInFunction(symbol))
			names.add(symbol.Name);
	});
	return [...names].sort();
}

function bind(text, globals, tables) {
	const code = KustoCode.ParseAndAnalyze(text, globals);
	const errors = list(code.GetDiagnostics())
		.filter((d) => d.Severity === 'Error')
		.map((d) => `${d.Message} (at ${d.Start})`);
	const columns = Object.fromEntries(
		list(code.ResultType?.Columns ?? { Count: 0 })
			.map((c) => [c.Name, c.Type.Name]));
	return { errors, columns, used: usesOf(code, tables),
		builtin: builtinsOf(code, globals) };
}

function answer({ tables, queries }) {
	const database = new Symbols.DatabaseSymbol.$ctor1('workspace',
		Object.entries(tables).map(
			([name, columns]) => makeTable(name, columns)));
	const globals = GlobalState.Default.WithDatabase(database);
	return Object.fromEntries(Object.entries(queries).map(
		([name, text]) => [name, bind(text, globals, tables)]));
}

const jobs = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(Object.fromEntries(
	Object.entries(jobs).map(([name, job]) => [name, answer(job)]))));
