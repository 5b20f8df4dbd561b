// Looks for inputs that cost more than they weigh: changes inputs at random, keeps those that make some block of code run more
// often for their size than any before (as PerfFuzz does, Lemieux et al. 2018), and changes these further.
import type { Door } from './doors.ts';
import type { Cost, Meter } from './meter.ts';
import { bake, changed, fitted, plainRecipe, type Random, type Recipe, swept, tell } from './recipe.ts';

/** What one byte may cost. */
export interface Rates {
  steps: number;
  bytes: number;
}

export interface Kept {
  recipe: Recipe;
  size: number;
  cost: Cost;
  /** Of the run that came upon it. */
  run: number;
}

export interface Outcome {
  door: string;
  runs: number;
  /** What an ordinary input costs at most. */
  ordinary: Rates;
  /** The worst found, by what it is worst in. */
  worst: Record<keyof Cost, Kept>;
  /** One that costs more than it may, and which cost it is. */
  tooDear: (Kept & { by: keyof Cost }) | undefined;
}

/** Bytes; a larger input shows nothing that this does not. */
const searched = 2 ** 16;

/** ms; shorter times say nothing about how they grow. */
const longMs = 30;

/** So many of each measure are changed further. */
const keptWorst = 8;

export const measures = ['steps', 'bytes', 'cpuMs'] as const;

export interface Search {
  door: Door;
  meter: Meter;
  runs: number;
  random: Random;
  /** For each byte of an input, beyond twice what ordinary ones cost. */
  most: Rates;
  /** Also ends with one whose time grows faster than its size: what runs in machine code shows in nothing else. */
  byTime: boolean;
}

/** Ends early with the first input that is too dear. */
export async function search({ door, meter, runs, random, most, byTime }: Search): Promise<Outcome> {
  const corpus: Kept[] = [];
  const reached = new Map<string, number>();
  const ordinary = { steps: 0, bytes: 0, cpuMs: Number.POSITIVE_INFINITY };
  const worst: Record<keyof Cost, Kept[]> = { steps: [], bytes: [], cpuMs: [] };
  const room = (input: Buffer, at: number) => Math.min(searched, door.room(input, at));
  const rate = ({ cost, size }: Kept, measure: keyof Cost) => (cost[measure] - ordinary[measure]) / (size + 1_024);

  async function measured(recipe: Recipe, run: number): Promise<Kept> {
    const input = bake(recipe);
    const { blocks, ...cost } = await meter(() => door.send(input));
    const kept = { recipe, size: input.length, cost, run };
    if (isNew(blocks, input.length)) corpus.push(kept);
    return kept;
  }

  /** Whether a block ran twice as often for the size of the input as ever before. */
  function isNew(blocks: ReadonlyMap<string, number>, size: number): boolean {
    let found = false;
    for (const [block, count] of blocks) {
      const level = Math.floor(Math.log2(1 + (64 * count) / (size + 1_024)));
      if (level <= (reached.get(block) ?? -1)) continue;
      reached.set(block, level);
      found = true;
    }
    return found;
  }

  const seeds = door.seeds.map(plainRecipe);
  // Twice: what runs for the first time has to be compiled and loaded.
  for (const recipe of [...seeds, ...seeds]) {
    const { cost } = await measured(recipe, 0);
    ordinary.cpuMs = Math.min(ordinary.cpuMs, cost.cpuMs);
  }
  for (const recipe of seeds) {
    const { cost } = await measured(recipe, 0);
    for (const measure of ['steps', 'bytes'] as const) ordinary[measure] = Math.max(ordinary[measure], cost[measure]);
  }
  const isOver = (cost: number, size: number, measure: keyof Rates) =>
    cost > 2 * ordinary[measure] + door.dearness * most[measure] * size;

  /** The middle of three. */
  async function typical(work: () => Promise<unknown>, measure: keyof Rates): Promise<number> {
    const costs: number[] = [];
    for (let i = 0; i < 3; i++) costs.push((await meter(work))[measure]);
    return costs.sort((a, b) => a - b)[1]!;
  }

  async function judge(kept: Kept): Promise<Outcome['tooDear']> {
    const { recipe, size } = kept;
    for (const by of ['steps', 'bytes'] as const) {
      if (!isOver(kept.cost[by], size, by)) continue;
      if (isOver(kept.cost[by] / 10, size, by)) return { ...kept, by };
      // Again, because the first time may have compiled something; and without what Node itself takes for it.
      const input = bake(recipe);
      const nodes = door.sendToNobody ? await typical(() => door.sendToNobody!(input), by) : 0;
      if (isOver((await typical(() => door.send(input), by)) - nodes, size, by)) return { ...kept, by };
    }
    if (byTime && kept.cost.cpuMs > longMs && (await outgrows(kept.recipe))) return { ...kept, by: 'cpuMs' };
    return undefined;
  }

  /** Whether half as much takes less than a third of the time, twice over; the least of three times each. */
  async function outgrows(recipe: Recipe): Promise<boolean> {
    const times: number[] = [];
    for (const part of [4, 2, 1]) {
      const input = bake({ ...recipe, times: Math.floor(recipe.times / part) });
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 3; i++) least = Math.min(least, (await meter(() => door.send(input))).cpuMs);
      times.push(Math.max(0.1, least - ordinary.cpuMs));
    }
    const [quarter, half, whole] = times as [number, number, number];
    return whole > longMs && whole > 3 * half && half > 3 * quarter;
  }

  let tooDear: Outcome['tooDear'];
  let run = 0;
  while (run < runs && !tooDear) {
    run++;
    const kind = random(10);
    const some = worst[measures[random(measures.length)]!];
    const parent =
      kind < 3 && run > 1
        ? some[random(some.length)]!.recipe
        : kind < 6
          ? corpus[random(corpus.length)]!.recipe
          : seeds[random(seeds.length)]!;
    const recipe = swept(run, seeds, random, room) ?? changed(parent, random, room);
    const kept = await measured(recipe, run);
    for (const measure of measures) {
      const list = worst[measure];
      list.push(kept);
      list.sort((a, b) => rate(b, measure) - rate(a, measure));
      list.splice(keptWorst);
    }
    tooDear = await judge(kept);
  }
  // What costs most for its size, at the greatest size the door takes.
  for (const measure of measures) {
    if (tooDear) break;
    const [{ recipe, run: found }] = worst[measure] as [Kept];
    if (recipe.times === 0) continue;
    const kept = await measured(fitted({ ...recipe, times: recipe.times * 64 }, door.room), found);
    worst[measure].unshift(kept);
    tooDear = await judge(kept);
  }
  const first = (measure: keyof Cost) => worst[measure][0]!;
  const found = { steps: first('steps'), bytes: first('bytes'), cpuMs: first('cpuMs') };
  return { door: door.name, runs: run, ordinary, worst: found, tooDear };
}

export function tellKept({ recipe, size, cost, run }: Kept): string {
  const per = (value: number) => (value / size).toFixed(1);
  return `run ${run}: ${size} bytes cost ${cost.steps} steps (${per(cost.steps)} a byte), ${cost.bytes} bytes of memory (${per(cost.bytes)} a byte), ${cost.cpuMs.toFixed(0)} ms with all the counting\n  ${tell(recipe)}`;
}
