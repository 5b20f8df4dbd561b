// Starts the search for inputs that cost too much, in a process of its own: what is counted has to be loaded after the counting
// has begun, and little else may run beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** V8 takes in new objects in so many MiB before it collects them; meter.ts reckons with it. */
export const young = 64;

export interface Wanted {
  runs: number;
  seed: number;
  /** Default: all. */
  door?: string | undefined;
  /** Default: false. */
  time?: boolean;
  /** Of the project, or of a copy. */
  root?: string;
}

const ours = fileURLToPath(new URL('../../../../', import.meta.url));

export async function lookForCosts({
  runs,
  seed,
  door,
  time = false,
  root = ours,
}: Wanted): Promise<{ ok: boolean; text: string }> {
  const flags = ['--expose-gc', `--min-semi-space-size=${young}`, `--max-semi-space-size=${young}`];
  const args = [
    '--runs',
    String(runs),
    '--seed',
    String(seed),
    ...(time ? ['--time'] : []),
    ...(door ? ['--door', door] : []),
  ];
  const file = path.join(root, 'test/security/fuzz/cost/command.ts');
  const child = spawn(process.execPath, [...flags, '--import', 'tsx', file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (some: string) => {
      text += some;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { ok: code === 0, text };
}
