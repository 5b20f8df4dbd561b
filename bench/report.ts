// The page of results: every figure as a ratio to a baseline of the same run, its target beside it, what was missed marked.
import { causes, limits, type Target, tried } from './causes.ts';
import type { FromZero } from './from-zero.ts';
import type { Growth } from './growth.ts';
import type { Idle } from './idle.ts';
import type { Promotion } from './promotion.ts';
import type { Sizes } from './sizes.ts';
import type { Spread } from './statistics.ts';
import type { Warm } from './warm.ts';

export interface Results {
  date: string;
  node: string;
  cores: number;
  quick: boolean;
  fromZero: FromZero[];
  warm: Warm[];
  warmEvents: number;
  sizes: Sizes;
  libraries: Record<string, number>;
  promotion: Promotion[];
  growth: Growth[];
  idle: Idle[];
}

const ms = ({ median, low, high }: Spread) => `${round(median)} (${round(low)}–${round(high)})`;
const round = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const times = (value: number) => `×${value.toFixed(2)}`;
const table = (head: string[], rows: (string | number)[][]) =>
  [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join(
    '\n',
  );

/** Throws when a figure has nothing to be compared with. */
function baseline<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`no baseline was measured for ${what}`);
  return found;
}

/** Targets that this run has missed, for their causes. */
const missed = new Set<Target>();

function verdict(target: Target, reached: boolean): string {
  if (!reached) missed.add(target);
  return reached ? 'reached' : '**missed**';
}

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
    ...idleSection(results),
    ...causesSection(),
  ].join('\n');
}

function fromZeroSection({ fromZero }: Results): string[] {
  const rows = fromZero
    .filter(({ way }) => way === 'ours')
    .map(({ node, name, ms: own }) => {
      const of = (way: FromZero['way']) =>
        fromZero.find((each) => each.node === node && each.name === name && each.way === way);
      // All functions in one process have no yardstick of their own: gitea-source's takes the same webhook.
      const bare = baseline(
        of('bare') ??
          (name === 'all'
            ? fromZero.find((each) => each.node === node && each.name === 'gitea-source' && each.way === 'bare')
            : undefined),
        `${name} from zero`,
      ).ms;
      const compiled = baseline(of('ours, compiled'), `${name} from zero`).ms;
      if (name === 'all')
        return [node, 'all in one', ms(own), ms(compiled), ms(bare), times(own.median / bare.median), '', '', ''];
      const stock = baseline(of('stock, unbundled'), `${name} from zero`).ms;
      const bundled = baseline(of('stock, bundled'), `${name} from zero`).ms;
      const [toBare, toStock] = [own.median / bare.median, own.median / stock.median];
      return [
        node,
        name,
        ms(own),
        ms(compiled),
        ms(bare),
        `${times(toBare)} ${verdict('from zero, bare', toBare <= 1.5)}`,
        ms(stock),
        ms(bundled),
        `${times(toStock)} ${verdict('from zero, stock', toStock <= 0.4)}`,
      ];
    });
  return [
    '## From zero',
    '',
    'ms from the start of the process to its first event answered 2xx, with all calls made. *Without kept code*: the bundle compiled by the process itself ([io/code-cache.ts](../io/code-cache.ts)). All in one answers as soon as the chain has the event; its yardstick is that of gitea-source. Targets: at most ×1.5 of bare, ×0.4 of stock.',
    '',
    table(
      ['Node', 'function', 'ours', 'without kept code', 'bare', 'to bare', 'stock, CLI', 'stock, bundled', 'to stock'],
      rows,
    ),
    '',
  ];
}

function warmSection({ warm, warmEvents }: Results): string[] {
  const rows = warm
    .filter(({ way }) => way === 'ours')
    .map((own) => {
      const of = (way: Warm['way']) =>
        baseline(
          warm.find((each) => each.name === own.name && each.way === way),
          `${own.name} warm`,
        );
      const [bare, stock] = [of('bare'), of('stock, bundled')];
      const throughput = bare.cpuMs.median / own.cpuMs.median;
      const memory = [own.rssFirst / bare.rssFirst, own.rssLast / bare.rssLast] as const;
      const aim = {
        'gitea-source': `${times(throughput)} ${verdict('warm, throughput', throughput >= 0.7)} (≥ ×0.7)`,
        'dead-letter': times(throughput),
        parse: times(throughput),
        'commit-status': times(throughput),
        'registry-writer': times(throughput),
      }[own.name];
      const limit =
        own.name === 'parse' || own.name === 'registry-writer'
          ? ` ${verdict('warm, own time', own.ownMs.median <= 2)} (≤ 2)`
          : '';
      return [
        own.name,
        ms(own.cpuMs),
        ms(bare.cpuMs),
        ms(stock.cpuMs),
        `${round(1000 / own.cpuMs.median)}`,
        aim,
        `${ms(own.ownMs)}${limit}`,
        ms(bare.ownMs),
        `${round(own.rssFirst)} → ${round(own.rssLast)}`,
        `${round(bare.rssFirst)} → ${round(bare.rssLast)}`,
        `${times(memory[0])} → ${times(memory[1])} ${verdict('memory', Math.max(...memory) <= 1.5)} (≤ ×1.5)`,
      ];
    });
  return [
    '## Warm',
    '',
    `CPU ms per event (user and system time of the process alone), events per second of one core, own wall ms per event (no server waited for; it contains what the measuring process needs to answer, see the yardstick's), resident MB after the first and after the last of ${warmEvents} events.`,
    '',
    table(
      [
        'function',
        'CPU ms',
        'bare',
        'stock',
        'events/s/core',
        'throughput to bare',
        'own ms',
        'bare own ms',
        'MB',
        'bare MB',
        'memory to bare',
      ],
      rows,
    ),
    '',
  ];
}

function sizesSection({ sizes, libraries }: Results): string[] {
  const source = sizes.bundles['gitea-source']!;
  return [
    '## Size, and what a library costs at start',
    '',
    table(
      ['file', 'kB'],
      Object.entries(sizes.bundles).map(([name, bytes]) => [name, Math.ceil(bytes / 1000)]),
    ),
    '',
    `gitea-source ${Math.ceil(source / 1000)} kB: ${verdict('size', source <= 300_000)} (≤ 300 kB). ${sizes.dependencies} dependencies; code of ${sizes.packages.bundled} packages is in the bundles, where \`npm ci --omit=dev\` installs ${sizes.packages.installed}.`,
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
