// Starts MLflow itself over a database of its own, and ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../../local/processes.ts';

export interface RealMlflow {
  url: string;
  close(): Promise<void>;
}

/** `program`: mlflow. Throws with its last words when it ends before it answers. */
export async function startMlflow(program: string): Promise<RealMlflow> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mlflow-'));
  const port = await freePort();
  const server = spawn(
    program,
    [
      'server',
      ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--default-artifact-root', `${folder}/artifacts`],
      ...['--workers', '1', '--host', '127.0.0.1', '--port', String(port)],
    ],
    {
      cwd: folder,
      // A group of its own: it starts further processes.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        GIT_PYTHON_REFRESH: 'quiet',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // Eight processes more, for what is no part of a registry.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
    },
  );
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    await end(server);
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await isReady(url))) {
    if (server.exitCode !== null || server.signalCode !== null) {
      await close();
      throw new Error(`${program} ended before it answered:\n${said}`);
    }
    await pause(100);
  }
  return { url, close };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  process.kill(-server.pid!, 'SIGKILL');
  await ended;
}
