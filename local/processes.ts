// Functions as the processes they are in a cluster: built bundles, started by what FUNCTION_TARGET says, ready when they say
// so, ended by SIGTERM. Knows no function by its work.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a process needs of this one to run at all; settings come from whoever starts it. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'NODE_EXTRA_CA_CERTS'];
/** For a busy machine; a process that ends by itself is reported at once. */
const readyWithinMs = 120_000;
/** SIGTERM lets a function hand on what it has taken; then it is killed. */
const graceSeconds = 5;

/** A line a function logged: an object where it is JSON. */
export type LogLine = Record<string, unknown> | string;

export interface FunctionProcess {
  name: string;
  url: string;
  events: EventEmitter<{ line: [LogLine] }>;
  /** Resolves when it is gone, whatever ended it. */
  ended: Promise<unknown>;
  /** SIGKILL: no last word. */
  kill(): void;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The functions' bundles in a folder of their own, so that a build elsewhere does not pull them from under a running process. */
export async function buildFunctions(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'functions-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const builder = spawn(process.execPath, ['build.mjs', folder], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  builder.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const [code] = (await once(builder, 'close')) as [number | null];
  if (code === 0) return { folder, remove };
  await remove();
  throw new Error(`the functions cannot be built:\n${complaints}`);
}

/**
 * Resolves when the function is ready. Throws with its last lines when it ends before, or is not ready in time. `target`: the function,
 * where the process is called otherwise.
 */
export async function startFunction(
  name: string,
  folder: string,
  port: number,
  settings: Readonly<Record<string, string | undefined>>,
  target = name,
): Promise<FunctionProcess> {
  const own = { FUNCTION_TARGET: target, PORT: String(port), TERMINATION_GRACE_PERIOD_SECONDS: String(graceSeconds) };
  const from = Object.fromEntries(inherited.map((key) => [key, process.env[key]]));
  const env = { ...from, LISTEN_ADDRESS: '127.0.0.1', ...settings, ...own };
  const child = spawn(process.execPath, [path.join(folder, 'index.cjs')], {
    cwd: folder,
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the whole group; only we end the functions, in our order.
    detached: true,
  });
  const events: FunctionProcess['events'] = new EventEmitter();
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      last.push(text);
      if (last.length > 20) last.shift();
      events.emit('line', readLine(text));
    });
  }
  // However this process ends, none of its children stays behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const gone = once(child, 'close').then(() => process.off('exit', kill));
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(child, `${url}/health/readiness`);
  } catch (cause) {
    kill();
    await gone;
    throw new Error(`${name} did not start: ${(cause as Error).message}\n${last.join('\n')}`, { cause });
  }
  return {
    name,
    url,
    events,
    ended: gone,
    kill,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(kill, (graceSeconds + 1) * 1000);
      await gone;
      clearTimeout(timer);
    },
  };
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended by itself');
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(20);
  }
  throw new Error(`not ready within ${readyWithinMs / 1000} s`);
}

function readLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : text;
  } catch {
    return text;
  }
}

/**
 * The port that is wanted when nobody has it, else any free one from 20000 to 29999: below those that systems hand out, where any
 * connection may take it before the process that is to listen there has started. Until that has, the UDP port of the same number
 * is held: other calls of this function, in any process, then choose another port, and a TCP server can still listen on this one.
 */
export async function freePort(wanted = 0): Promise<number> {
  const port = wanted || 20_000 + Math.floor(Math.random() * 10_000);
  const mark = createSocket('udp4').unref();
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => mark.once('error', reject).bind(port, '127.0.0.1', resolve));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  } catch (error) {
    mark.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return freePort();
  }
  await new Promise((resolve) => server.close(resolve));
  setTimeout(() => mark.close(), readyWithinMs).unref();
  return port;
}
