// One process of an installation: started, killed without a last word, started again, as a history says. Listens to what it
// writes. Knows neither what it does nor who asks it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Time } from './time.ts';

export interface Line {
  message?: string;
  [field: string]: unknown;
}

export interface ProcessOptions {
  name: string;
  /** What node runs. */
  file: string;
  /** Loaded before it. */
  preload: string;
  /** All it gets beside PATH. Its port is any free one, which its line "ready" tells. */
  env: Readonly<Record<string, string>>;
  /** Of its clock, ms. */
  skew: number;
  onLine(line: Line): void;
  onDeath(): void;
}

export interface RealProcess {
  name: string;
  /** Of the one that runs; none while none does. */
  readonly ports: readonly number[];
  /** Counts those that there were. */
  readonly instance: number;
  /** SIGKILL, now; a new one `down` ms later. */
  kill(down: number): void;
  /** Resolves when it is there. */
  up(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** However this process ends, none of them stays behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startProcess(options: ProcessOptions, time: Time): RealProcess {
  const { name } = options;
  let ports: readonly number[] = [];
  let instance = 0;
  let child: ChildProcess | undefined;
  let stopped = false;
  let ready = start();
  ready.catch(() => {});

  async function start(): Promise<void> {
    instance += 1;
    const env = { PATH: process.env.PATH, ...options.env, ...time.environment(options.skew), PORT: '0' };
    const own = spawn(process.execPath, ['--require', options.preload, options.file], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = own;
    running.add(own);
    const last: string[] = [];
    const found = new Promise<number[]>((resolve, reject) => {
      for (const stream of [own.stdout!, own.stderr!]) {
        createInterface({ input: stream }).on('line', (text) => {
          last.push(text);
          const line = read(text);
          if (line.message === 'ready') resolve(line.ports as number[]);
          // What a killed one had written is read all the same: it had happened.
          options.onLine(line);
        });
      }
      own.once('close', (code) => {
        running.delete(own);
        reject(new Error(`${name} ended with ${code}:\n${last.slice(-20).join('\n')}`));
      });
    });
    const mine = await found;
    if (child === own && !stopped) ports = mine;
  }

  return {
    name,
    get ports() {
      return ports;
    },
    get instance() {
      return instance;
    },
    kill(down) {
      if (ports.length === 0 || stopped) return;
      ports = [];
      child?.kill('SIGKILL');
      time.note(`${name} is killed`);
      options.onDeath();
      ready = time
        .pause(down)
        .then(() => (stopped ? undefined : start()))
        .then(() => time.note(`${name} is up again`));
      ready.catch(() => {});
    },
    up: () => ready,
    async stop() {
      stopped = true;
      ports = [];
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function read(text: string): Line {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? (line as Line) : { text };
  } catch {
    return { text };
  }
}
