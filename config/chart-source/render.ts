// Renders the chart's values: values.yaml, values.schema.json, the table of the chart's README, and what the functions take of a
// cluster.
import { stringify } from 'yaml';
import { rows as functions } from '../../functions/table.ts';
import { type Value, type Values, valueKey } from './value.ts';
import { flat, type Row, rows, values } from './values.ts';

export function renderValues(): string {
  const lines = [
    "# The chart's values with their defaults. Written by `npm run generate` from config/chart-source/.",
    '',
  ];
  const write = (below: Values, indent: string) => {
    for (const [key, one] of Object.entries(below)) {
      if (one.text) lines.push(`${indent}# ${one.text}.`);
      if ('values' in one) {
        lines.push(`${indent}${key}:`);
        write(one.values, `${indent}  `);
      } else lines.push(...yaml(key, one.default).map((line) => indent + line));
    }
  };
  write(values, '');
  return `${lines.join('\n')}\n`;
}

function yaml(key: string, value: unknown): string[] {
  return stringify({ [key]: value }, { defaultStringType: 'PLAIN', flowCollectionPadding: true, lineWidth: 0 })
    .trimEnd()
    .split('\n');
}

export function renderSchema(): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schemaOf(values) }, undefined, 2)}\n`;
}

function schemaOf(below: Values): Record<string, unknown> {
  const properties = Object.entries(below).map(
    ([key, one]) => [key, 'values' in one ? { description: one.text, ...schemaOf(one.values) } : leaf(one)] as const,
  );
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

const amounts = { type: 'object', additionalProperties: { type: ['string', 'number'] } };
/** What a mapping may hold. */
const content = {
  texts: { additionalProperties: { type: 'string' } },
  resources: { additionalProperties: false, properties: { requests: amounts, limits: amounts } },
  anything: {},
};

function leaf(value: Value): Record<string, unknown> {
  const { text: description } = value;
  switch (value.type) {
    case 'string':
      return { description, type: 'string', ...(value.oneOf && { enum: value.oneOf }) };
    case 'integer':
      return { description, type: 'integer', minimum: value.least, maximum: value.most };
    case 'boolean':
      return { description, type: 'boolean' };
    case 'strings':
      return { description, type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } };
    case 'mapping':
      return { description, type: 'object', ...content[value.holds] };
    case 'mappings':
      return { description, type: 'array', items: { type: 'object', ...(value.needs && { required: [value.needs] }) } };
    case 'groups':
      return { description, type: 'array', items: { ...schemaOf(value.each), required: value.needs } };
  }
}

/** How texts must look; a template checks them. `of`: the list in each entry of which the text is. */
export function forms(): { of?: string; path: string; pattern: string; expected: string; hidden?: true }[] {
  const formed = (below: readonly Row[]) =>
    below.flatMap((row) => (row.type === 'string' && row.form ? [{ path: row.path, ...row.form }] : []));
  const inLists = rows.flatMap((row) =>
    row.type === 'groups' ? formed(flat(row.each)).map((form) => ({ of: row.path, ...form })) : [],
  );
  return [...formed(rows), ...inLists];
}

/** The README's table. */
export function renderValuesTable(): string {
  const lines = rows.map((row) => `| \`${row.path}\` | ${shown(row.default)} | ${row.text.replaceAll('|', '\\|')} |`);
  return ['| Value | Default | Meaning |', '|---|---|---|', ...lines, ''].join('\n');
}

/** What each function takes of a cluster, for docs/install.md. */
export function renderSizing(): string {
  const line = (what: string, key: string, pods: number | string) => {
    const { requests, limits } = rows.find(({ path }) => path === `${key}.resources`)!.default as unknown as Resources;
    return `| ${what} | ${pods} | ${requests.cpu} | ${requests.memory} | ${limits.memory} |`;
  };
  return [
    '| Function | Pods at most | CPU requested | Memory requested | Memory at most |',
    '|---|---|---|---|---|',
    ...functions.map(({ name, isSingle, answersLate }) =>
      line(`\`${name}\``, valueKey(name), isSingle || answersLate ? 1 : 'as many as Knative starts'),
    ),
    line('all in one process', 'deployment', 1),
    '',
  ].join('\n');
}

type Resources = Record<'requests' | 'limits', Record<string, string>>;

function shown(value: unknown): string {
  if (value === '') return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
