// From zero: from the start of the process to its first event answered, the work done.

import { freePort } from '../local/processes.ts';
import { contestant, type Measured, measured, type Way, ways } from './contestants.ts';
import { startProcess } from './process.ts';
import { type Spread, spread } from './statistics.ts';
import { type World, work } from './world.ts';

export interface FromZero {
  node: string;
  name: Measured | 'all';
  way: Way;
  ms: Spread;
}

/** `nodes`: version → binary. Contestants take turns, so that a slow moment of the machine meets all. */
export async function measureFromZero(
  world: World,
  nodes: Record<string, string>,
  rounds: number,
  say: (text: string) => void,
): Promise<FromZero[]> {
  const results: FromZero[] = [];
  const all: [Measured | 'all', Way][] = measured.flatMap((name) => ways.map((way): [Measured, Way] => [name, way]));
  all.push(['all', 'ours']);
  for (const [node, binary] of Object.entries(nodes)) {
    const times = all.map((): number[] => []);
    // The first round warms the file cache and is not counted.
    say(`  Node ${node}`);
    for (let round = 0; round <= rounds; round += 1)
      for (const [index, [name, way]] of all.entries()) {
        const ms = await once(world, binary, name, way);
        if (round > 0) times[index]!.push(ms);
      }
    for (const [index, [name, way]] of all.entries()) results.push({ node, name, way, ms: spread(times[index]!) });
  }
  return results;
}

async function once(world: World, binary: string, name: Measured | 'all', way: Way): Promise<number> {
  world.reset();
  const port = await freePort();
  const start = performance.now();
  // All functions in one process hand on in memory.
  const { K_SINK, ...rest } = world.settings;
  const settings = name === 'all' ? { ...rest, EVENTS_PORT: String(await freePort()) } : { ...rest, K_SINK: K_SINK! };
  const { child, end } = startProcess(binary, contestant(name, way, port), settings);
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name}, ${way}: ended with ${child.exitCode}`);
      try {
        await work(world, name, `http://127.0.0.1:${port}/`);
        return performance.now() - start;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  } finally {
    await end();
  }
}
