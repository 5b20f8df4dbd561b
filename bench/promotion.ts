// A promotion: calls, how many of them one after the other, and its time when every call takes 0, 20 or 100 ms.
import http from 'node:http';
import { freePort } from '../local/processes.ts';
import { contestant, type Way } from './contestants.ts';
import { inSequence } from './played-server.ts';
import { startProcess } from './process.ts';
import { type Spread, spread } from './statistics.ts';
import { tektonPromotion } from './tekton.ts';
import { untilListening } from './warm.ts';
import { openWorld, type World, work } from './world.ts';

export const delays = [0, 20, 100] as const;

export interface Promotion {
  what: 'parse' | 'registry-writer' | 'Tekton task';
  way: Way | 'replayed';
  delayMs: number;
  calls: number;
  sequence: number;
  ms: Spread;
}

export async function measurePromotion(world: World, rounds: number): Promise<Promotion[]> {
  const results: Promotion[] = [];
  for (const delayMs of delays) {
    const slow = await openWorld(delayMs, world.recording);
    for (const what of ['parse', 'registry-writer'] as const)
      results.push(...(await measureWays(slow, what, delayMs, rounds)));
    await slow.close();
    const times: number[] = [];
    let calls = 0;
    for (let round = 0; round < rounds; round += 1) {
      const run = await tektonPromotion(delayMs);
      times.push(run.ms);
      calls = run.calls;
    }
    results.push({ what: 'Tekton task', way: 'replayed', delayMs, calls, sequence: calls, ms: spread(times) });
  }
  return results;
}

async function measureWays(
  world: World,
  what: 'parse' | 'registry-writer',
  delayMs: number,
  rounds: number,
): Promise<Promotion[]> {
  const agent = new http.Agent({ keepAlive: true });
  const running = [];
  for (const way of ['bare', 'ours'] as const) {
    const port = await freePort();
    const started = startProcess(process.execPath, contestant(what, way, port), world.settings);
    const url = `http://127.0.0.1:${port}/`;
    await untilListening(() => work(world, what, url, agent));
    running.push({ way, url, started, times: [] as number[], calls: 0, sequence: 0 });
  }
  const server = what === 'parse' ? world.gitea : world.registry;
  for (let round = 0; round < rounds; round += 1)
    for (const each of running) {
      world.reset();
      const start = performance.now();
      await work(world, what, each.url, agent);
      each.times.push(performance.now() - start);
      each.calls = server.calls;
      each.sequence = inSequence(server.busy);
    }
  agent.destroy();
  for (const { started } of running) await started.end();
  return running.map(({ way, times, calls, sequence }) => ({ what, way, delayMs, calls, sequence, ms: spread(times) }));
}
