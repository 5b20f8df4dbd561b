// Warm: what one event costs a process that runs already, and how its memory goes. CPU time is that of the process alone,
// so the load generator beside it is in no figure.
import http from 'node:http';
import { freePort } from '../local/processes.ts';
import { contestant, type Measured, measured, type Way } from './contestants.ts';
import { covered } from './played-server.ts';
import { startProcess } from './process.ts';
import { type Spread, spread } from './statistics.ts';
import { type World, work } from './world.ts';

export interface Warm {
  name: Measured;
  way: Way;
  /** CPU ms per event, a sample per block of events. */
  cpuMs: Spread;
  /** Wall ms per event in which no server was waited for; one event at a time. */
  ownMs: Spread;
  rssFirst: number;
  rssLast: number;
}

const ways = ['bare', 'ours', 'stock, bundled'] as const;
const atOnce = 16;

/** `events` per contestant in blocks, taken in turn: A B C A B C. The first of ten blocks warms up and is not counted. */
export async function measureWarm(world: World, events: number, say: (text: string) => void): Promise<Warm[]> {
  const results: Warm[] = [];
  for (const name of measured) {
    say(`  ${name}`);
    results.push(...(await measureOne(world, name, events)));
  }
  return results;
}

async function measureOne(world: World, name: Measured, events: number): Promise<Warm[]> {
  const block = Math.ceil(events / 10);
  const alone = Math.min(50, Math.ceil(block / 10));
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const running = [];
  for (const way of ways) {
    const port = await freePort();
    const process_ = startProcess(process.execPath, contestant(name, way, port), world.settings, true);
    const url = `http://127.0.0.1:${port}/`;
    await untilListening(() => work(world, name, url, agent));
    const { rssMb: rssFirst } = await process_.usage();
    running.push({ way, url, process_, cpu: [] as number[], own: [] as number[], rssFirst, rssLast: rssFirst });
  }
  for (let round = 0; round < 10; round += 1)
    for (const each of running) {
      const { process_, url } = each;
      const before = await process_.usage();
      await inParallel(name === 'gitea-source' ? atOnce : 1, block, () => {
        // A registry that is written in turn answers in turn.
        world.reset();
        return work(world, name, url, agent);
      });
      const after = await process_.usage();
      each.rssLast = after.rssMb;
      if (round === 0) continue;
      each.cpu.push((after.cpuMs - before.cpuMs) / block);
      for (let count = 0; count < alone; count += 1) {
        world.reset();
        const start = performance.now();
        await work(world, name, url, agent);
        const all = performance.now() - start;
        each.own.push(all - covered([world.gitea, world.registry, world.sink].flatMap(({ busy }) => busy)));
      }
    }
  agent.destroy();
  for (const { process_ } of running) await process_.end();
  return running.map(({ way, cpu, own, rssFirst, rssLast }) => ({
    name,
    way,
    cpuMs: spread(cpu),
    ownMs: spread(own),
    rssFirst,
    rssLast,
  }));
}

async function inParallel(width: number, count: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: width }, one));
}

export async function untilListening(attempt: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
}
