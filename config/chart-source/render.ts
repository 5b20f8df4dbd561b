// Writes the chart's values three times from their table: values.yaml, values.schema.json, the table of the chart's README.
// Knows no value by name.
import { stringify } from 'yaml';
import { groups, type Row, rows } from './values.ts';

/** Nested mappings, in the order of the rows; a row is a leaf. */
interface Node {
  [key: string]: Node | Row;
}

const isRow = (node: Node | Row): node is Row => typeof node.path === 'string';

function tree(): Node {
  const root: Node = {};
  for (const row of rows) {
    const keys = row.path.split('.');
    let node = root;
    for (const key of keys.slice(0, -1)) {
      node[key] ??= {};
      node = node[key] as Node;
    }
    node[keys.at(-1)!] = row;
  }
  return root;
}

export function renderValues(): string {
  const lines = [
    "# The chart's values with their defaults. Written by `npm run generate` from config/chart-source/values.ts.",
    '',
  ];
  const write = (node: Node, indent: string, path: string) => {
    for (const [key, child] of Object.entries(node)) {
      const here = path ? `${path}.${key}` : key;
      const text = isRow(child) ? child.text : groups[here];
      if (text === undefined) throw new Error(`${here}: expected a line in groups`);
      if (text) lines.push(`${indent}# ${text}.`);
      if (isRow(child)) lines.push(...yaml(key, child.default).map((line) => indent + line));
      else {
        lines.push(`${indent}${key}:`);
        write(child, `${indent}  `, here);
      }
    }
  };
  write(tree(), '', '');
  return `${lines.join('\n')}\n`;
}

function yaml(key: string, value: unknown): string[] {
  return stringify({ [key]: value }, { defaultStringType: 'PLAIN', flowCollectionPadding: true, lineWidth: 0 })
    .trimEnd()
    .split('\n');
}

export function renderSchema(): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schemaOf(tree(), '') }, undefined, 2)}\n`;
}

function schemaOf(node: Node, path: string): Record<string, unknown> {
  const properties = Object.entries(node).map(([key, child]) => {
    const here = path ? `${path}.${key}` : key;
    return [key, isRow(child) ? leaf(child) : { description: groups[here], ...schemaOf(child, here) }] as const;
  });
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function leaf(row: Row): Record<string, unknown> {
  const { text: description } = row;
  switch (row.type) {
    case 'string':
      return {
        description,
        type: 'string',
        ...(row.oneOf ? { enum: row.oneOf } : {}),
      };
    case 'integer':
      return { description, type: 'integer', minimum: row.least, maximum: row.most };
    case 'boolean':
      return { description, type: 'boolean' };
    case 'strings':
      return { description, type: 'array', items: { type: 'string', minLength: 1 } };
    case 'mapping':
      return { description, type: 'object' };
  }
}

/** Texts that must look a certain way; a template checks them. */
export function forms(): { path: string; pattern: string; expected: string }[] {
  return rows.flatMap((row) => (row.type === 'string' && row.form ? [{ path: row.path, ...row.form }] : []));
}

/** The README's table. */
export function renderValuesTable(): string {
  const lines = rows.map((row) => `| \`${row.path}\` | ${shown(row.default)} | ${row.text.replaceAll('|', '\\|')} |`);
  return ['| Value | Default | Meaning |', '|---|---|---|', ...lines, ''].join('\n');
}

function shown(value: unknown): string {
  if (value === '') return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
