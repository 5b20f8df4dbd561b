// docs/operate.md, alerts and dashboard beside the code: every metric and every log line is explained, and none that is not there.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const prefix = 'post_deployment_';

/** The source of the layers that run in the functions. */
const sources = ['functions', 'host', 'io', 'forges', 'registries', 'clusters', 'promotions', 'events'].flatMap(
  (layer) =>
    readdirSync(new URL(layer, root), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => read(`${layer}/${path}`)),
);
const all = (pattern: RegExp) => [
  ...new Set(sources.flatMap((text) => [...text.matchAll(pattern)].map(([, it]) => it!))),
];
const kinds = new Map(
  sources.flatMap((text) =>
    [...text.matchAll(/metrics\s*\.(counter|histogram|gauge)\(\s*'([^']+)'/g)].map(
      ([, kind, name]) => [name!, kind!] as const,
    ),
  ),
);
const messages = [...new Set([...all(/\blog\(\s*[^,()]+,\s*'([^']+)'/g), ...all(/\bgiveUp\(\s*'([^']+)'/g)])];

const manual = read('docs/operate.md');
const section = (title: string) => manual.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const firstCells = (part: string) => [...part.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell!);
const exposed = (name: string) => (name.startsWith('process_') ? name : prefix + name);
/** As they stand on the page. */
const series = new Set(
  [...kinds].flatMap(([name, kind]) =>
    kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => exposed(name) + end) : [exposed(name)],
  ),
);

interface Expression {
  where: string;
  text: string;
}
const alerts = (
  parse(read('config/chart/files/alerts.yaml')) as {
    spec: { groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[] };
  }
).spec.groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read('config/chart/files/dashboard.json')) as {
  panels: { id: number; title: string; targets: { expr: string }[] }[];
};
const expressions: Expression[] = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, text: expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: title, text: expr.replaceAll('$__rate_interval', '5m') })),
  ),
];

/** The names of metrics in an expression; throws where it is no PromQL. */
function metricsIn({ where, text }: Expression): string[] {
  const names: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      assert.ok(!type.isError, `${where}: no PromQL at ${JSON.stringify(text.slice(from))}`);
      const parent = text.slice(from, to);
      if (type.name === 'VectorSelector') names.push(/^[\w:]+/.exec(parent)?.[0] ?? '');
    },
  });
  return names;
}

describe('docs/operate.md', () => {
  it('explains every metric there is, and no other, with its type', () => {
    assert.ok(kinds.size > 15);
    assert.deepEqual(firstCells(section('Metrics')).sort(), [...kinds.keys()].sort());
    for (const [name, kind] of kinds)
      assert.ok(section('Metrics').includes(`| \`${name}\` | ${kind}`), `${name} is a ${kind}`);
  });

  it('explains every log line there is, and no other', () => {
    assert.ok(messages.length > 20);
    const table = section('Log lines').slice(section('Log lines').indexOf('| Message |'));
    assert.deepEqual(firstCells(table).sort(), [...messages].sort());
  });

  it('explains every outcome an event can have', () => {
    const text = read('functions/ending.ts');
    const [, list = ''] = /outcome: ((?:'[a-z-]+'(?: \| )?)+);/.exec(text) ?? [];
    const outcomes = [...list.matchAll(/'([a-z-]+)'/g)].map(([, outcome]) => outcome!);
    assert.ok(outcomes.length >= 7);
    const table = section('Log lines').slice(0, section('Log lines').indexOf('| Message |'));
    assert.deepEqual(firstCells(table).sort(), outcomes.sort());
  });

  it('has a section for every alert, and for no other, to which the alert leads: what it means, where to look, what to do', () => {
    const [, ...parts] = section('Runbook').split(/^### /m);
    assert.deepEqual(parts.map((part) => part.split('\n')[0]).sort(), alerts.map(({ alert }) => alert).sort());
    for (const part of parts)
      assert.match(part, /^\w+\n\n\*\*Means:\*\* .+\n\n\*\*Look at:\*\* .+\n\n\*\*Do:\*\* .+\n+$/);
    for (const { alert, annotations } of alerts) {
      assert.equal(annotations.runbook_url, `docs/operate.md#${alert.toLowerCase()}`);
      assert.ok(section('What to watch').includes(`[\`${alert}\`](#${alert.toLowerCase()})`), alert);
    }
  });

  it('names files that are there', () => {
    for (const [, path] of manual.matchAll(/`(config\/[\w./-]+)`/g)) assert.ok(read(path!), path);
  });
});

describe('metrics', () => {
  it('have names as Prometheus wants them: counters end with _total, times with _seconds, sizes with _bytes', () => {
    for (const [name, kind] of kinds) {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', name);
      if (kind === 'histogram') assert.match(name, /_seconds$/);
    }
  });
});

describe('alerts and dashboard', () => {
  for (const expression of expressions)
    it(`${expression.where}: is PromQL over metrics there are: ${expression.text.slice(0, 60)}`, () => {
      const names = metricsIn(expression);
      assert.ok(names.length > 0);
      for (const name of names) assert.ok(series.has(name), name);
    });

  it('show every metric somewhere', () => {
    const used = new Set(expressions.flatMap(metricsIn));
    const unused = [...kinds.keys()].filter((name) => ![...used].some((one) => one.startsWith(exposed(name))));
    // An age is the timestamp again; the start of the process is Prometheus' own affair.
    assert.deepEqual(unused.sort(), [
      'process_start_time_seconds',
      'registry_reconcile_age_seconds',
      'serving_observed_age_seconds',
    ]);
  });

  it('are whole: every alert waits, is severe to some degree, and says what to do', () => {
    for (const rule of alerts as unknown as Record<string, Record<string, string>>[]) {
      assert.match(String(rule.for), /^\d+m$/);
      assert.match(rule.labels?.severity ?? '', /^(info|warning|critical)$/);
      assert.ok(rule.annotations?.summary && rule.annotations.description);
    }
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  });

  it('would be refused with a mistake in them', () => {
    assert.throws(() => metricsIn({ where: 'x', text: 'sum by (a) (rate(b[5m])' }), /no PromQL/);
    assert.throws(() => metricsIn({ where: 'x', text: 'rate(b[5 minutes])' }), /no PromQL/);
    assert.deepEqual(metricsIn({ where: 'x', text: 'a{b="c"} / on (d) sum(e[1m:10s]) > 0' }), ['a', 'e']);
  });
});
