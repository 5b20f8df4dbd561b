// What sections of the page are made of: figures in words, tables, verdicts on targets. Measures nothing.
import type { Target } from './causes.ts';
import type { Spread } from './statistics.ts';

export const ms = ({ median, low, high }: Spread) => `${round(median)} (${round(low)}–${round(high)})`;
export const round = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
export const times = (value: number) => `×${value.toFixed(2)}`;
export const table = (head: string[], rows: (string | number)[][]) =>
  [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join(
    '\n',
  );

/** Throws when a figure has nothing to be compared with. */
export function baseline<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`no baseline was measured for ${what}`);
  return found;
}

/** Targets that this run has missed, for their causes. */
export const missed = new Set<Target>();

export function verdict(target: Target, reached: boolean): string {
  if (!reached) missed.add(target);
  return reached ? 'reached' : '**missed**';
}
