// Starts functions as real processes, on either host, and ends them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../local/processes.ts';

export const hostNames = ['own', 'faas-js-runtime'] as const;
export type HostName = (typeof hostNames)[number];

export interface Running {
  port: number;
  process: ChildProcess;
  /** What it has written so far, stdout and stderr. */
  output(): string;
  /** Resolves when it has written this. */
  wrote(text: string): Promise<void>;
  /** Resolves to the exit code. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** Node with these arguments; returns at once. `env` is all the process gets beside PATH. */
export async function launch(
  host: HostName,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Running> {
  const port = Number(env.PORT ?? (await freePort()));
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      ...(host === 'own' ? {} : { FUNC_HOST: host }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const check of waiting) check();
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    port,
    process: child,
    output: () => output,
    wrote(text) {
      return new Promise((resolve, reject) => {
        const check = () => {
          if (!output.includes(text)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        void ended.then((code) =>
          reject(new Error(`ended with ${code} without writing ${JSON.stringify(text)}:\n${output}`)),
        );
        check();
      });
    },
    ended,
    stop() {
      if (child.exitCode === null) child.kill('SIGKILL');
      return ended;
    },
  };
}

/** As launch, and waits until it answers. */
export async function start(
  host: HostName,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Running> {
  const running = await launch(host, args, env);
  try {
    await running.wrote('"message":"ready"');
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}
