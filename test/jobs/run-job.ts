// A job as the process it is in a cluster.
import { execFile } from 'node:child_process';
import path from 'node:path';

export interface Run {
  code: number;
  /** What it logged. */
  lines: Record<string, unknown>[];
  output: string;
}

/** `folder`: where the bundles are (local/processes.ts). `env` is all it has. */
export function runJob(folder: string, name: string, env: Readonly<Record<string, string>>): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(folder, `${name}.cjs`)], { env }, (error, stdout, stderr) => {
      const output = stdout + stderr;
      const lines = output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code: error ? Number(error.code ?? 1) : 0, lines, output });
    });
  });
}
