// Measures gitea-source while webhooks come at several times what the broker behind it takes: what is acknowledged, what is
// handed on, what is refused, and how much memory it takes. Judges nothing.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildFunctions } from '../../local/processes.ts';
import { launch } from '../conformance/processes.ts';
import { type Ended, startLoad } from './load.ts';
import { secret, webhooks } from './messages.ts';
import { createSink } from './sink.ts';

export interface OverloadOptions {
  /** Of the whole measurement, draining left out. */
  seconds: number;
  /** Bytes of one webhook, about. */
  bytes: number;
}

export interface Phase {
  seconds: number;
  /** By what each request ended with. */
  ends: Record<string, number>;
  /** Per second. */
  offered: number;
  handedOn: number;
}

export interface Overload {
  calm: Phase;
  /** Without its first quarter, in which queues fill. */
  heavy: Phase;
  /** 2xx of which the broker has nothing, when nothing waits any more. */
  lost: number;
  /** 2xx that came after 4 s, before the broker had the event. */
  acknowledgedBefore: number;
  /** Events that stood at the broker twice or more. */
  doubled: number;
  /** Bytes of resident memory through the heavy phase, one entry a sample. */
  memory: number[];
  /** Greatest number of events that waited, as /metrics says. */
  pending: number;
  exitCode: number | null;
}

/** From one event that the broker takes to the next: 200 a second. */
const brokerMs = 5;
/** Senders in the calm phase: enough that the broker is never idle. */
const calmSenders = 8;

export async function measureOverload({ seconds, bytes }: OverloadOptions): Promise<Overload> {
  const bundles = await buildFunctions();
  const sink = await createSink();
  sink.everyMs = brokerMs;
  const env = { FUNCTION_TARGET: 'gitea-source', GITEA_WEBHOOK_SECRET: secret, K_SINK: sink.url, LOG_LEVEL: 'error' };
  const running = await startQuietly(path.join(bundles.folder, 'index.cjs'), env);
  const next = webhooks({
    repository: 'https://git.example.test/ada/fleet',
    before: '0'.repeat(40),
    after: '1'.repeat(40),
    filler: bytes,
  });
  const memory: number[] = [];
  let pending = 0;
  const gauge = async () => {
    const page = await fetch(`http://127.0.0.1:${running.port}/metrics`, { signal: AbortSignal.timeout(200_000) });
    const text = await page.text();
    const value = (name: string) => {
      const found = new RegExp(`^${name} ([0-9.e+]+)$`, 'm').exec(text);
      if (!found) throw new Error(`expected ${name} in /metrics`);
      return Number(found[1]);
    };
    const waiting = value('post_deployment_pending_events');
    pending = Math.max(pending, waiting);
    return { waiting, resident: value('process_resident_memory_bytes') };
  };

  /** One phase; what is counted begins after `leadIn` seconds. */
  async function phase(atOnce: number, leadIn: number, counted: number, sample: () => unknown): Promise<Phase> {
    const load = startLoad({ port: running.port, atOnce, next });
    await pause(leadIn * 1000);
    const [from, taken] = [performance.now(), sink.taken.length];
    for (let now = from; now < from + counted * 1000; now = performance.now()) {
      await sample();
      await pause(200);
    }
    const [to, handedOn] = [performance.now(), sink.taken.length - taken];
    const stopped = load.stop();
    const within = load.ended.filter(({ endedAt }) => endedAt >= from && endedAt <= to);
    const elapsed = (to - from) / 1000;
    all.push(await stopped);
    return { seconds: elapsed, ends: counts(within), offered: within.length / elapsed, handedOn: handedOn / elapsed };
  }

  const all: Ended[][] = [];
  try {
    const calm = await phase(calmSenders, seconds / 20, seconds / 5, () => {});
    const heavy = await phase(1_500, (seconds * 3) / 20, (seconds * 3) / 5, async () => {
      memory.push((await gauge()).resident);
    });
    while ((await gauge()).waiting > 0) await pause(100);
    const times = new Map<string, number>();
    for (const { id } of sink.taken) times.set(id, (times.get(id) ?? 0) + 1);
    const acknowledged = all.flat().filter(({ end }) => typeof end === 'number' && end < 300);
    running.process.kill('SIGTERM');
    return {
      calm,
      heavy,
      lost: acknowledged.filter(({ id }) => !times.has(id)).length,
      acknowledgedBefore: acknowledged.filter(({ sentAt, endedAt }) => endedAt - sentAt >= 4_000).length,
      doubled: [...times.values()].filter((count) => count > 1).length,
      memory,
      pending,
      exitCode: await running.ended,
    };
  } finally {
    await running.stop();
    await sink.close();
    await bundles.remove();
  }
}

/** `ready` is a line of level info, so that it is the port that says it here. */
async function startQuietly(index: string, env: Record<string, string>) {
  const running = await launch('own', [index], env);
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${running.port}/health/readiness`).catch(() => undefined);
    if (answer?.ok) return running;
    await pause(20);
  }
}

function counts(ended: readonly Ended[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { end } of ended) result[end] = (result[end] ?? 0) + 1;
  return result;
}
