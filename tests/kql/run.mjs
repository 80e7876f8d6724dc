// SPDX-License-Identifier: Apache-2.0
// Runs the KQL of queries/ on rows, to compare it with its SQL, and that of
// evtxload reconcile, to compare it with what evtxload finds.
//
// Microsoft's parser makes the syntax tree. What the operators and functions
// mean is our own reading of their documentation, and only what the questions
// use is there: anything else ends the program.
//
// Standard input:  {"columns": {"EventID": "int", ...},
//                   "cases": {"case": [{"column": value, ...}, ...], ...},
//                   "queries": {"name": "text", ...}}
// Standard output: {"case": {"name": [{"column": value, ...}, ...], ...}, ...}
//
// Times are counted in units of 100 ns. A text that is absent is "", anything
// else null.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

globalThis.window = globalThis;
const require = createRequire(import.meta.url);
const bundle = '@kusto/language-service-next/';
require(bundle + 'bridge.min.js');
require(bundle + 'Kusto.Language.Bridge.min.js');
const { KustoCode } = globalThis.Kusto.Language;

// --- syntax ----------------------------------------------------------------

// The class without its namespace and type arguments.
const kindOf = (node) =>
	node.constructor.$$name.split('$')[0].split('.').pop();

// Of each node of a tree once, however many rows there are.
function once(find) {
	const known = new WeakMap();
	return (node) => {
		if (!known.has(node))
			known.set(node, find(node));
		return known.get(node);
	};
}

// Comments before a node are part of its text.
const textOf = once(
	(node) => node.toString(0).replace(/^\s*\/\/.*$/gm, '').trim());

const items = once((list) => {
	const out = [];
	for (let i = 0; i < list.ChildCount; i++) {
		const child = list.GetChild(i);
		out.push(kindOf(child).startsWith('SeparatedElement') ?
			child.GetChild(0) : child);
	}
	return out;
});

function unknown(node) {
	throw new Error(`not known: ${kindOf(node)}: ${textOf(node)}`);
}

// --- values ----------------------------------------------------------------

const UNITS = { d: 864000000000n, h: 36000000000n, m: 600000000n,
	s: 10000000n };

function parseTime(text) {
	const [, day, time, fraction] = /^(.{10})[T ](.{8})\.?(\d*)Z?$/.exec(text);
	return BigInt(Date.parse(`${day}T${time}Z`)) * 10000n +
		BigInt(fraction.padEnd(7, '0'));
}

function formatTime(ticks) {
	const seconds = ticks / 10000000n;
	const text = new Date(Number(seconds) * 1000).toISOString();
	const fraction = String(ticks % 10000000n).padStart(7, '0');
	return `${text.slice(0, 10)} ${text.slice(11, 19)}.${fraction}`;
}

const ESCAPES = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

const literal = once((node) => {
	const text = textOf(node);
	const span = /^(\d+)([dhms])$/.exec(text);
	if (span)
		return BigInt(span[1]) * UNITS[span[2]];
	const number = /^(?:long\()?(\d+)\)?$/.exec(text);
	if (number)
		return Number(number[1]);
	if (text.startsWith('datetime('))
		return text === 'datetime(null)' ? null : parseTime(text.slice(9, -1));
	if (text.startsWith('@'))
		return text.slice(2, -1).replaceAll('""', '"');
	return text.slice(1, -1).replace(/\\(u[0-9a-f]{4}|.)/gi,
		(_, c) => ESCAPES[c] ?? (c.length > 1 ?
			String.fromCharCode(parseInt(c.slice(1), 16)) : c));
});

const lower = (value) => String(value ?? '').toLowerCase();
const empty = (value) => value === null || value === '';

const COMPARE = {
	'==': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'=~': (a, b) => lower(a) === lower(b),
	'>=': (a, b) => a >= b,
	'<=': (a, b) => a <= b,
	'>': (a, b) => a > b,
	'<': (a, b) => a < b,
	'-': (a, b) => a - b,
	'+': (a, b) => a + b,
	contains: (a, b) => lower(a).includes(lower(b)),
	startswith_cs: (a, b) => a.startsWith(b),
	'matches regex': (a, b) => new RegExp(b).test(a),
	startswith: (a, b) => lower(a).startsWith(lower(b)),
	endswith: (a, b) => lower(a).endsWith(lower(b)),
};

function binary(node, row) {
	const operator = node.Operator.Text;
	const left = scalar(node.Left, row);
	if (operator === 'and')
		return left && scalar(node.Right, row);
	if (operator === 'or')
		return left || scalar(node.Right, row);
	const right = scalar(node.Right, row);
	if (operator in COMPARE)
		return COMPARE[operator](left, right);
	if (operator.startsWith('!') && operator.slice(1) in COMPARE)
		return !COMPARE[operator.slice(1)](left, right);
	return unknown(node);
}

const NOW = BigInt(Date.now()) * 10000n;

const FUNCTIONS = {
	now: () => NOW,
	ago: (span) => NOW - span,
	coalesce: (...values) => values.find((v) => !empty(v)) ?? null,
	strcat_delim: (delimiter, ...values) => values.join(delimiter),
	ingestion_time: () => 0,
	substring: (text, from, length) => text.substr(from, length),
	bin: (value, size) => (value === null ? null : value - value % size),
	isnotempty: (value) => !empty(value),
	strcat: (...values) => values.join(''),
	hash_sha256: (text) => createHash('sha256').update(text).digest('hex'),
	tostring: (value) => (typeof value === 'bigint' ?
		formatTime(value).replace(' ', 'T') + 'Z' : String(value ?? '')),
};

function scalar(node, row) {
	switch (kindOf(node)) {
	case 'LiteralExpression':
		return literal(node);
	case 'NameReference': {
		const name = textOf(node);
		if (!(name in row))
			throw new Error(`no column ${name}`);
		return row[name];
	}
	case 'ParenthesizedExpression':
		return scalar(node.Expression, row);
	case 'BinaryExpression':
		return binary(node, row);
	case 'InExpression': {
		const found = items(node.Right.Expressions).some(
			(e) => scalar(e, row) === scalar(node.Left, row));
		return node.Operator.Text === 'in' ? found : !found;
	}
	case 'FunctionCallExpression': {
		const name = textOf(node.Name);
		const values = items(node.ArgumentList.Expressions)
			.map((e) => scalar(e, row));
		if (name === 'column_ifexists')
			return values[0] in row ? row[values[0]] : values[1];
		if (!(name in FUNCTIONS))
			return unknown(node);
		return FUNCTIONS[name](...values);
	}
	default:
		return unknown(node);
	}
}

// --- operators -------------------------------------------------------------

// [name, expression] of "Name = expression" or of a column.
function named(node) {
	return kindOf(node) === 'SimpleNamedExpression' ?
		[textOf(node.Name), node.Expression] : [textOf(node), node];
}

const smaller = (a, b) => (b < a ? b : a);
const larger = (a, b) => (b > a ? b : a);
const AGGREGATES = {
	count: (values) => values.length,
	count_distinct: (values) => new Set(values).size,
	min: (values) => values.reduce(smaller),
	max: (values) => values.reduce(larger),
	sum: (values) => values.reduce((a, b) => a + b, 0),
	make_set: (values) => [...new Set(values)],
};

function aggregate(node, rows) {
	const [name, call] = named(node);
	const how = textOf(call.Name);
	const arguments_ = items(call.ArgumentList.Expressions);
	// Of rows with the same time of arrival any may be taken.
	if (how === 'arg_max' && kindOf(arguments_[1]) === 'StarExpression')
		return rows.at(-1);
	if (!(how in AGGREGATES))
		return unknown(call);
	return { [name]: AGGREGATES[how](rows.map((row) =>
		(arguments_.length ? scalar(arguments_[0], row) : row))) };
}

function summarize(operator, rows) {
	const by = operator.ByClause ?
		items(operator.ByClause.Expressions).map(named) : [];
	const groups = new Map();
	for (const row of rows) {
		const keys = by.map(([, expression]) => scalar(expression, row));
		const text = keys.map(String).join('\0');
		if (!groups.has(text))
			groups.set(text, [keys, []]);
		groups.get(text)[1].push(row);
	}
	return [...groups.values()].map(([keys, members]) => Object.assign({},
		...items(operator.Aggregates).map((a) => aggregate(a, members)),
		Object.fromEntries(by.map(([name], i) => [name, keys[i]]))));
}

function join(operator, rows, names) {
	const right = table(operator.Expression, names);
	const on = items(operator.ConditionClause.Expressions).map(textOf);
	const outer = textOf(operator.Parameters).includes('leftouter');
	if (!outer && !textOf(operator.Parameters).includes('inner'))
		return unknown(operator);
	const blank = Object.fromEntries(
		Object.keys(right[0] ?? {}).map((name) => [name, null]));
	return rows.flatMap((row) => {
		const found = right.filter((r) => on.every((n) => r[n] === row[n]));
		const both = found.map((r) => ({ ...r, ...row }));
		return both.length || !outer ? both : [{ ...blank, ...row }];
	});
}

// parse COLUMN with * 'a' Name 'b' *
function parse(operator, rows) {
	const parts = items(operator.Patterns).map(textOf);
	if (parts.length !== 5 || parts[0] !== '*' || parts[4] !== '*')
		return unknown(operator);
	const [before, after] = [parts[1], parts[3]].map((t) => t.slice(1, -1));
	return rows.map((row) => {
		const text = scalar(operator.Expression, row);
		const from = text.indexOf(before);
		const start = from + before.length;
		const end = from < 0 ? -1 : text.indexOf(after, start);
		return { ...row, [parts[2]]: end < 0 ? '' : text.slice(start, end) };
	});
}

function sort(operator, rows) {
	const keys = items(operator.Expressions).map((by) => [by.Expression,
		by.Ordering.AscOrDescKeyword.Text === 'asc' ? 1 : -1]);
	const compare = (a, b) => {
		for (const [expression, sign] of keys) {
			const [x, y] = [a, b].map((row) => scalar(expression, row));
			if (x !== y)
				return x < y ? -sign : sign;
		}
		return 0;
	};
	return rows.toSorted(compare);
}

function datatable(node) {
	const names = items(node.Schema.Columns).map((c) => textOf(c.Name));
	const values = items(node.Values).map(literal);
	return Array.from({ length: values.length / names.length }, (_, i) =>
		Object.fromEntries(names.map(
			(name, k) => [name, values[i * names.length + k]])));
}

function columns(operator, row) {
	return Object.fromEntries(items(operator.Expressions).map(named).map(
		([name, expression]) => [name, scalar(expression, row)]));
}

function apply(operator, rows, names) {
	switch (kindOf(operator)) {
	case 'FilterOperator':
		return rows.filter((row) => scalar(operator.Condition, row));
	case 'ExtendOperator':
		return rows.map((row) => ({ ...row, ...columns(operator, row) }));
	case 'ProjectOperator':
		return rows.map((row) => columns(operator, row));
	case 'SummarizeOperator':
		return summarize(operator, rows);
	case 'JoinOperator':
		return join(operator, rows, names);
	case 'ParseOperator':
		return parse(operator, rows);
	case 'SortOperator':
		return sort(operator, rows);
	default:
		return unknown(operator);
	}
}

function table(node, names) {
	switch (kindOf(node)) {
	case 'PipeExpression':
		return apply(node.Operator, table(node.Expression, names), names);
	case 'ParenthesizedExpression':
		return table(node.Expression, names);
	case 'NameReference':
		return names[textOf(node)] ?? unknown(node);
	case 'DataTableExpression':
		return datatable(node);
	default:
		return unknown(node);
	}
}

const trees = new Map();

function parsed(text) {
	if (!trees.has(text))
		trees.set(text, KustoCode.Parse(text));
	return trees.get(text);
}

const isTable = (node, names) => kindOf(node) === 'PipeExpression' ||
	kindOf(node) === 'DataTableExpression' || textOf(node) in names;

// A let with a value is a column of every row of the tables behind it.
function run(text, tables) {
	const names = { ...tables };
	const values = {};
	for (const statement of items(parsed(text).Syntax.Statements)) {
		if (!isTable(statement.Expression, names)) {
			values[textOf(statement.Name)] =
				scalar(statement.Expression, values);
			for (const name of Object.keys(tables))
				names[name] = tables[name].map(
					(row) => ({ ...row, ...values }));
			continue;
		}
		const rows = table(statement.Expression, names);
		if (kindOf(statement) === 'ExpressionStatement')
			return rows;
		names[textOf(statement.Name)] = rows;
	}
	throw new Error('no expression');
}

// --- in and out ------------------------------------------------------------

function whole(row, types) {
	return Object.fromEntries(Object.entries(types).map(([name, type]) => {
		const value = row[name] ?? (type === 'string' ? '' : null);
		return [name, type === 'datetime' && !empty(value) ?
			parseTime(value) : value];
	}));
}

const input = JSON.parse(readFileSync(0, 'utf8'));
function answer(rows) {
	const tables = { WindowsEvent: [], Event: [], SecurityEvent: rows.map(
		(row) => whole(row, input.columns)) };
	return Object.fromEntries(Object.entries(input.queries).map(
		([name, text]) => [name, run(text, tables)]));
}

process.stdout.write(JSON.stringify(
	Object.fromEntries(Object.entries(input.cases).map(
		([name, rows]) => [name, answer(rows)])),
	(_, value) => (typeof value === 'bigint' ? formatTime(value) : value)));
