// The page of results: every figure as a ratio to a baseline of the same run, its target beside it, what was missed marked.
import { causes, limits, tried } from './causes.ts';
import type { Growth } from './growth.ts';
import { baseline, missed, ms, round, table, times, verdict } from './page.ts';
import type { Promotion } from './promotion.ts';
import { fromZeroSection, warmSection } from './report-speed.ts';
import type { Results } from './results.ts';
import { most, type Stranger } from './strangers.ts';

export function renderReport(results: Results): string {
  const { date, node, cores, quick } = results;
  missed.clear();
  return [
    '# What was measured',
    '',
    `${date}, Node ${node}, ${cores} cores${quick ? ', quick run: few samples, figures are rough' : ''}. Written by \`npm run bench\`; raw samples are in \`bench/results.json\`.`,
    '',
    "Figures differ by machine and hour; the ratios of one run are what counts. Contestants took turns (A B A B); a figure is the median, in brackets the middle half of the samples. *bare*: the same work by hand over `node:http`, under 100 lines each ([bench/bare](bare)). *stock*: the same function on func's runtime `faas-js-runtime`, bundled or from its CLI over unbundled files. Servers answer at once, from recorded answers.",
    '',
    ...fromZeroSection(results),
    ...warmSection(results),
    ...sizesSection(results),
    ...promotionSection(results),
    ...growthSection(results),
    ...strangersSection(results),
    ...idleSection(results),
    ...causesSection(),
  ].join('\n');
}

function sizesSection({ sizes, libraries }: Results): string[] {
  return [
    '## Size, and what a library costs at start',
    '',
    table(
      ['file', 'kB'],
      Object.entries(sizes.bundles).map(([name, bytes]) => [name, Math.ceil(bytes / 1000)]),
    ),
    '',
    `${sizes.dependencies} dependencies; code of ${sizes.packages.bundled} packages is in the bundles, where \`npm ci --omit=dev\` installs ${sizes.packages.installed}.`,
    '',
    table(
      ['loaded alone', 'CPU ms'],
      Object.entries(libraries).map(([name, cost]) => [name, round(cost)]),
    ),
    '',
  ];
}

function promotionSection({ promotion }: Results): string[] {
  const rows = promotion.map(({ what, way, delayMs, calls, sequence, ms: time }) => [
    what,
    way,
    delayMs,
    calls,
    sequence,
    ms(time),
  ]);
  const at = (way: Promotion['way'], delay: number) =>
    baseline(
      promotion.find((each) => each.what === 'registry-writer' && each.way === way && each.delayMs === delay),
      'a promotion',
    );
  const ratios = [20, 100].map((delay) => at('ours', delay).ms.median / at('bare', delay).ms.median);
  const { calls, sequence } = at('ours', 100);
  return [
    '## A promotion',
    '',
    'Calls to Gitea (parse) and to the registry (registry-writer, one other holder of the label: R = 1), how many of them one after the other, and ms when every call takes so long. The Tekton task ([replayed](tekton.ts)): its calls alone, without its `pip install` and its Pod.',
    '',
    table(['what', 'way', 'ms per call', 'calls', 'in sequence', 'ms'], rows),
    '',
    `Registry: ${calls} calls, ${verdict('registry calls', calls <= 9)} (≤ 8 + R); ${sequence} in sequence, ${verdict('registry calls', sequence <= 6)} (≤ 6); time to the same calls by hand ${ratios.map(times).join(' and ')} at 20 and 100 ms, ${verdict('registry time', Math.max(...ratios) <= 1.3)} (≤ ×1.3).`,
    '',
  ];
}

function growthSection({ growth }: Results): string[] {
  const rows = growth.flatMap(({ of, points, exponents }) => [
    ...points.map(({ size, calls, bytes, ms: time }) => [of, size, calls, bytes, round(time)]),
    [of, '**exponent**', exponents.calls.toFixed(2), exponents.bytes.toFixed(2), exponents.ms.toFixed(2)],
  ]);
  const thousand = giteaCalls(growth);
  return [
    '## Growth',
    '',
    'One promotion on the stand-ins as its surroundings grow: 0 does not grow, 1 grows as its cause does.',
    '',
    table(['of', 'size', 'calls', 'bytes', 'ms'], rows),
    '',
    ...(thousand
      ? [
          `One changed application among 1,000: ${thousand.calls} calls to Gitea, ${verdict('gitea calls', thousand.calls <= thousand.limit)} (≤ 6 + tree pages + files/30 = ${thousand.limit}).`,
          '',
        ]
      : []),
  ];
}

/** Undefined in a quick run, which has no repository of 1,000. */
export function giteaCalls(growth: readonly Growth[]): { calls: number; limit: number } | undefined {
  const point = growth.find(({ of }) => of.startsWith('deployments'))?.points.find(({ size }) => size === 1_000);
  return point && { calls: point.calls, limit: 6 + point.treePages + Math.ceil(1_000 / 30) };
}

function strangersSection({ strangers }: Results): string[] {
  const requests = strangers.filter(({ status }) => status !== undefined);
  const others = strangers.filter(({ status }) => status === undefined);
  const worst = (rows: readonly Stranger[], of: 'cpu' | 'memory' | 'cpuToYaml') =>
    Math.max(...rows.map((row) => row[of] ?? 0));
  const isLess = worst(requests, 'cpu') < most && worst(requests, 'memory') < most;
  return [
    '## What bytes of strangers cost',
    '',
    'The worst inputs known, 25 MiB of them at once, beside a server that does nothing but parse as many bytes of ordinary JSON in as many requests ([bench/bare/json.cjs](bare/json.cjs)): CPU time, and by how much memory grew at most. A file or a path is read by itself, beside `JSON.parse` of as many bytes; a file also beside the package `yaml` and an ordinary file of as many bytes.',
    '',
    table(
      ['door', 'input', 'bytes', 'answer', 'CPU', 'memory', 'CPU to `yaml`'],
      strangers.map(({ door, what, bytes, status, cpu, memory, cpuToYaml }) => [
        door,
        what,
        bytes,
        status ?? '',
        times(cpu),
        times(memory),
        cpuToYaml === undefined ? '' : times(cpuToYaml),
      ]),
    ),
    '',
    `Requests: at most ${times(worst(requests, 'cpu'))} CPU time and ${times(worst(requests, 'memory'))} memory, ${verdict('strangers', isLess)} (< ×${most}). Files and paths: ${times(worst(others, 'cpu'))} and ${times(worst(others, 'memory'))}, ${verdict('strange files', worst(others, 'cpu') < most && worst(others, 'memory') < most)} (< ×${most}); ${times(worst(others, 'cpuToYaml'))} of what \`yaml\` takes for an ordinary file.`,
    '',
  ];
}

function idleSection({ idle }: Results): string[] {
  return [
    '## At rest',
    '',
    "Per hour, computed: two reconciles that find everything true, Pods that stay 90 s after their last request (Knative's defaults).",
    '',
    table(
      ['installation', 'Pods on average', 'requests to Gitea', 'requests to the registry', 'volumes'],
      idle.map((each) => [each.what, each.pods.toFixed(2), each.giteaRequests, each.registryRequests, each.volumes]),
    ),
    '',
  ];
}

function causesSection(): string[] {
  const why = [...missed].map((target) => [target, causes[target]]);
  return [
    ...(why.length > 0 ? ['## What was missed, and why', '', table(['target', 'cause'], why), ''] : []),
    '## Where the limit is',
    '',
    table(
      ['figure', 'what remains', 'what would be next'],
      limits.map((row) => [...row]),
    ),
    '',
    '## What was tried and did not pay',
    '',
    table(
      ['tried', 'outcome'],
      tried.map((row) => [...row]),
    ),
    '',
  ];
}
