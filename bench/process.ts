// A measured process: started, fed, asked what it used, ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Contestant, root } from './contestants.ts';

export interface Usage {
  /** User and system time of the process so far. */
  cpuMs: number;
  rssMb: number;
  /** The greatest so far. */
  peakMb: number;
}

export interface Measured {
  child: ChildProcess;
  usage(): Promise<Usage>;
  end(): Promise<void>;
}

/** `node`: the binary. With `usage` the process can be asked, which costs its start some ms. */
export function startProcess(
  node: string,
  { args, env }: Contestant,
  more: Record<string, string>,
  usage = false,
): Measured {
  const asked = usage ? ['--require', path.join(root, 'bench/report-usage.cjs')] : [];
  const child = spawn(node, [...asked, ...args], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'error', ...more, ...env },
    stdio: ['ignore', 'ignore', process.env.BENCH_DEBUG ? 'inherit' : 'ignore', usage ? 'pipe' : 'ignore'],
  });
  const ended = once(child, 'close');
  const lines = usage ? createInterface({ input: child.stdio[3] as Readable }) : undefined;
  return {
    child,
    async usage() {
      const line = once(lines!, 'line');
      child.kill('SIGUSR2');
      return JSON.parse((await line)[0] as string) as Usage;
    },
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
