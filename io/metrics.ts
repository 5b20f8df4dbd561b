// Counters, histograms and gauges as Prometheus text 0.0.4. No library: prom-client costs 24 ms of every start from zero.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import type { Counter, Metrics, Sample } from './io.ts';

type Labels = Readonly<Record<string, string>>;

/** Seconds: from an in-memory answer to the longest hand-on (limits.ts). */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Label sets of one metric. Labels come from settings and event types, so more of them is a mistake; memory stays bounded. */
const maxSeries = 1_000;

interface Family {
  kind: 'counter' | 'histogram' | 'gauge';
  handle: unknown;
  lines(): string[];
}

/** `prefix` goes before every name but those of the process, which are the same everywhere. */
export function createMetrics(prefix = ''): Metrics {
  const families = new Map<string, Family>();

  /** The same name twice is the same metric, so that a function and its host need not know of each other. */
  function family<T>(
    given: string,
    help: string,
    kind: Family['kind'],
    create: (name: string) => { handle: T; lines(): string[] },
  ): T {
    const name = given.startsWith('process_') ? given : prefix + given;
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new TypeError(`Not a metric name: ${JSON.stringify(name)}`);
    const known = families.get(name);
    if (known && known.kind !== kind) throw new TypeError(`Metric ${name} is a ${known.kind} already, not a ${kind}`);
    if (known) return known.handle as T;
    const { handle, lines } = create(name);
    const head = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`];
    families.set(name, { kind, handle, lines: () => withHead(head, lines()) });
    return handle;
  }

  return {
    counter: (name, help) => family(name, help, 'counter', createCounter),
    histogram: (name, help) => family(name, help, 'histogram', createHistogram),
    gauge: (name, help, read) => {
      const readers = family<(() => number | readonly Sample[] | undefined)[]>(name, help, 'gauge', createGauge);
      readers.push(read);
    },
    text: () => [...families.values()].flatMap((one) => one.lines()).join(''),
  };
}

function createCounter(name: string) {
  const totals = new Map<string, number>();
  const handle: Counter = {
    add(labels, value = 1) {
      if (!(value >= 0)) return;
      const key = seriesOf(totals, keyOf(labels));
      totals.set(key, (totals.get(key) ?? 0) + value);
    },
  };
  return { handle, lines: () => [...totals].map(([key, total]) => `${name}${braces(key)} ${number(total)}`) };
}

function createHistogram(name: string) {
  const series = new Map<string, { counts: number[]; sum: number; count: number }>();
  const handle = {
    observe(labels: Labels, seconds: number) {
      if (!Number.isFinite(seconds)) return;
      const key = seriesOf(series, keyOf(labels));
      const one = series.get(key) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 };
      series.set(key, one);
      // A bucket counts all up to its limit.
      for (const [i, limit] of buckets.entries()) if (seconds <= limit) one.counts[i]! += 1;
      one.sum += seconds;
      one.count += 1;
    },
  };
  const lines = () =>
    [...series].flatMap(([key, { counts, sum, count }]) => {
      const upTo = (limit: string) => braces([key, `le="${limit}"`].filter(Boolean).join(','));
      return [
        ...buckets.map((limit, i) => `${name}_bucket${upTo(String(limit))} ${counts[i]}`),
        `${name}_bucket${upTo('+Inf')} ${count}`,
        `${name}_sum${braces(key)} ${number(sum)}`,
        `${name}_count${braces(key)} ${count}`,
      ];
    });
  return { handle, lines };
}

/** Of several readers the first counts, for each set of labels. */
function createGauge(name: string) {
  const handle: (() => number | readonly Sample[] | undefined)[] = [];
  const lines = () => {
    const series = new Map<string, string>();
    for (const line of handle.flatMap((read) => gaugeLines(name, quietly(read)))) {
      const key = line.slice(0, line.lastIndexOf(' '));
      if (!series.has(key)) series.set(key, line);
    }
    return [...series.values()];
  };
  return { handle, lines };
}

function gaugeLines(name: string, value: number | readonly Sample[] | undefined): string[] {
  const samples = typeof value === 'number' ? [{ labels: {}, value }] : (value ?? []).slice(0, maxSeries);
  return samples.map((one) => `${name}${braces(keyOf(one.labels))} ${number(one.value)}`);
}

function withHead(head: string[], lines: string[]): string[] {
  return lines.length === 0 ? [] : [...head, ...lines].map((line) => `${line}\n`);
}

function keyOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, '_')}="${escapeLabel(String(value))}"`)
    .sort()
    .join(',');
}

function seriesOf(known: ReadonlyMap<string, unknown>, key: string): string {
  return known.has(key) || known.size < maxSeries ? key : 'overflow="true"';
}

function braces(key: string): string {
  return key === '' ? '' : `{${key}}`;
}

function escapeLabel(text: string): string {
  return text.replace(/["\\\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** A gauge that cannot be read is missing from the page; the others are not. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
