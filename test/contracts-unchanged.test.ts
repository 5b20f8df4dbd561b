// What users and other programs rely on, as the code has it now, beside what was recorded. A change of it is made on purpose: then
// `RECORD_CONTRACTS=1 npx mocha test/contracts-unchanged.test.ts` records it, and CHANGELOG says what users have to do.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { flat, rows as values } from '../config/chart-source/values.ts';
import { consoleTable } from '../config/settings/console.ts';
import { schemaFiles } from '../events/generate-schemas.ts';
import { settingNames } from '../functions/settings.ts';
import { functionNames, rows } from '../functions/table.ts';
import { gainLabel, loseLabel } from '../promotions/deployment-record.ts';
import { markerChange } from '../promotions/ownership-marker.ts';
import type { Promotion } from '../promotions/promotion.ts';
import type { PropertyChange } from '../promotions/registry-state.ts';
import { planServing } from '../promotions/serving-plan.ts';

const root = new URL('../', import.meta.url);
const record = new URL('fixtures/contracts.json', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
}

/** `commits[]: string`, a line each; `?` where it may be missing. */
function fields({ properties = {}, required = [], items, anyOf = [], ...schema }: Schema, path = ''): string[] {
  const below = Object.entries(properties).flatMap(([name, child]) =>
    fields(child, `${path}${path && '.'}${name}${required.includes(name) ? '' : '?'}`),
  );
  const own = [schema.enum ? schema.enum.join('|') : (schema.type ?? 'any')].map((type) => `${path}: ${type}`);
  return [...own, ...below, ...(items ? fields(items, `${path}[]`) : []), ...anyOf.flatMap((one) => fields(one, path))];
}

function registryProperties(): string[] {
  const sample = JSON.parse(read('events/samples/dev.mlops.model.promoted.v1.json')) as Promotion;
  const promotion = { ...sample, repositoryId: '1' };
  const { environment } = promotion;
  const none = { id: '1', modelId: '1', name: '1', properties: new Map() };
  const label = { type: 'string', value: '' } as const;
  const deployed = { ...none, properties: new Map([[environment, label]]) };
  const replaced = { ...none, name: '2', properties: new Map([[`${environment}.serving`, label]]) };
  const observed = { environment, model: '1', cluster: 'c', observedAt: promotion.observedAt };
  const state = { model: none, versions: [deployed, replaced], now: 0 };
  const target = { version: '1' };
  const canary = [{ version: '1', uri: 'u', weight: 10 }, { uri: 'v' }];
  const plans = [
    planServing({ ...observed, phase: 'progressing', serving: [], target }, state),
    planServing({ ...observed, phase: 'verified', serving: canary, target }, state),
  ];
  const changes: PropertyChange[] = [
    ...promotion.serving.map((serving) => gainLabel(none, environment, serving)),
    loseLabel(promotion),
    markerChange(none, promotion),
    ...plans.flatMap(({ mark, gains, losses }) => [mark, ...[...gains, ...losses].map(({ change }) => change)]),
  ];
  return [...new Set(changes.flatMap(({ set }) => Object.keys(set)))].sort();
}

/** Statuses of answers, by the layer whose code names them. */
function statuses(layer: string): number[] {
  const files = readdirSync(new URL(layer, root), { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...read(`${layer}/${file}`).matchAll(/(?:StopError\(|refusal\(|status(?:Code)?: |\[)([2-5]\d\d)(?:\)|, [^\d])/g),
    ])
    .map(([, status]) => Number(status));
  return [...new Set(found)].sort();
}

it('settings, events, properties in the registry, values of the chart and statuses are as recorded', () => {
  const now = {
    settings: {
      ...Object.fromEntries(functionNames.map((name) => [name, settingNames(name)])),
      console: Object.keys(consoleTable),
    },
    functions: Object.fromEntries(
      rows.map(({ name, takes, wokenBy, trigger }) => [name, { takes, ...(wokenBy && { wokenBy }), ...trigger }]),
    ),
    events: Object.fromEntries(
      [...schemaFiles()].map(([file, text]) => [
        file.replace('.schema.json', ''),
        fields(JSON.parse(text) as Schema).slice(1),
      ]),
    ),
    registry: registryProperties(),
    chart: values.flatMap((row) => [
      row.path,
      ...(row.type === 'groups' ? flat(row.each, `${row.path}[].`).map(({ path }) => path) : []),
    ]),
    statuses: Object.fromEntries(['events', 'forges', 'functions', 'host'].map((layer) => [layer, statuses(layer)])),
  };
  if (process.env.RECORD_CONTRACTS) writeFileSync(record, `${JSON.stringify(now, undefined, 2)}\n`);
  const hint = 'a contract changed: see the first lines of test/contracts-unchanged.test.ts';
  assert.deepEqual(now, JSON.parse(readFileSync(record, 'utf8')), hint);
});
