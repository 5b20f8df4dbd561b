// What a piece of work costs, told in numbers that are the same each time: steps (how often blocks of JavaScript ran, by
// V8's coverage) and bytes (how much memory was asked for, given back or not). What V8 and Node do in machine code (a regular
// expression, JSON.parse, a hash) is no step; it shows in the bytes where it makes something, and else in CPU time alone.
import assert from 'node:assert/strict';
import { Session } from 'node:inspector';
import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { young } from './run.ts';

export interface Cost {
  steps: number;
  /** Of V8's heap and of buffers. */
  bytes: number;
  /** ms, with garbage collection; differs by machine and hour, and is dear because of the counting. */
  cpuMs: number;
}

export interface Metered extends Cost {
  /** Runs of each block of code. */
  blocks: ReadonlyMap<string, number>;
}

/** What is tested, and all that it calls; not what tests it. */
const isOurs = (url: string) => !/\/test\/|\/node_modules\/(?:tsx|esbuild)\/|^node:inspector|^$/.test(url);

export type Meter = (work: () => Promise<unknown>) => Promise<Metered>;

/** Before the code under test is loaded: what is compiled earlier has no counters. */
export function startMeter(): Meter {
  const collect = globalThis.gc!;
  assert.ok(collect, 'expected to be started by run.ts');
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const collections = { small: 0, full: 0 };
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as { detail?: NodeGCPerformanceDetail }[])
      collections[detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR ? 'small' : 'full']++;
  }).observe({ entryTypes: ['gc'] });

  /** Counts since the last time. The session answers at once. */
  function take(): Map<string, number> {
    const blocks = new Map<string, number>();
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      assert.ifError(error);
      for (const { url, functions } of result.filter((one) => isOurs(one.url)))
        for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges))
          if (count > 0) blocks.set(`${url}:${startOffset}-${endOffset}`, count);
    });
    return blocks;
  }

  async function once(work: () => Promise<unknown>): Promise<Metered & { wasFull: boolean }> {
    if (youngBytes() > (young * 2 ** 20) / 4) {
      collect({ type: 'minor' });
      await turns();
    }
    take();
    const before = { ...collections };
    const [held, began] = [heldBytes(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(began);
    const grown = heldBytes() - held;
    const blocks = take();
    await turns();
    let steps = 0;
    for (const count of blocks.values()) steps += count;
    // A small collection comes when the young generation is full, of which a quarter may have been taken at the beginning.
    const bytes = Math.max(0, grown + (collections.small - before.small) * young * 2 ** 20 * 0.75);
    return { steps, bytes, cpuMs: (user + system) / 1000, blocks, wasFull: collections.full > before.full };
  }

  return async (work) => {
    // A full collection hides what was asked for. It may come at any time, and seldom comes again.
    let measured = await once(work);
    for (let i = 0; i < 2 && measured.wasFull; i++) measured = await once(work);
    return measured;
  };
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')!.space_used_size;
}

function heldBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Collections are told two turns later. */
async function turns(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}
