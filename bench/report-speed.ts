// The page's sections on speed: from zero, and warm.
import type { FromZero } from './from-zero.ts';
import { baseline, ms, round, table, times, verdict } from './page.ts';
import type { Results } from './results.ts';
import type { Warm } from './warm.ts';

export function fromZeroSection({ fromZero }: Results): string[] {
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
      if (name === 'all') return [node, 'all in one', ms(own), ms(bare), times(own.median / bare.median), '', '', ''];
      const stock = baseline(of('stock, unbundled'), `${name} from zero`).ms;
      const bundled = baseline(of('stock, bundled'), `${name} from zero`).ms;
      const [toBare, toStock] = [own.median / bare.median, own.median / stock.median];
      return [
        node,
        name,
        ms(own),
        ms(bare),
        times(toBare),
        ms(stock),
        ms(bundled),
        `${times(toStock)} ${verdict('from zero, stock', toStock <= 0.4)}`,
      ];
    });
  return [
    '## From zero',
    '',
    'ms from the start of the process to its first event answered 2xx, with all calls made. All in one answers as soon as the chain has the event; its yardstick is that of gitea-source. Target: at most ×0.4 of stock.',
    '',
    table(['Node', 'function', 'ours', 'bare', 'to bare', 'stock, CLI', 'stock, bundled', 'to stock'], rows),
    '',
  ];
}

export function warmSection({ warm, warmEvents }: Results): string[] {
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
