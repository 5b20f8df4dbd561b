// What is started and compared: our bundles, the same functions on func's stock Node runtime (bundled and not), and the
// yardsticks of bare/. All with the same Node, the same work, the same servers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { foldersOfFunctions } from '../test/layers.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Below node_modules, so that the bundles find the stock runtime there. */
const cache = path.join(root, 'node_modules/.cache/bench');
export const bundles = path.join(cache, 'dist');
const unbundled = path.join(cache, 'unbundled');

export const measured = ['gitea-source', 'parse', 'registry-writer', 'commit-status', 'dead-letter'] as const;
export type Measured = (typeof measured)[number];
export const ways = ['bare', 'ours', 'stock, bundled', 'stock, unbundled'] as const;
export type Way = (typeof ways)[number];

export interface Contestant {
  args: string[];
  env: Record<string, string>;
}

/** Builds, as `npm run build` does, and takes types out of the sources for the stock runtime. */
export function prepare(): void {
  execFileSync(process.execPath, ['build.mjs', bundles], { cwd: root, stdio: 'ignore' });
  rmSync(unbundled, { recursive: true, force: true });
  for (const layer of foldersOfFunctions)
    for (const file of readdirSync(path.join(root, layer), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = transformSync(readFileSync(path.join(root, layer, file), 'utf8'), {
        loader: 'ts',
        format: 'esm',
      });
      const target = path.join(unbundled, layer, file.replace(/\.ts$/, '.js'));
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, code.replace(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, '"$2.js"'));
    }
  writeFileSync(path.join(unbundled, 'package.json'), '{"type":"module"}');
}

/** `port` is given to each in the variable it reads. */
export function contestant(name: Measured | 'all', way: Way, port: number): Contestant {
  const text = String(port);
  switch (way) {
    case 'bare':
      return { args: [path.join(root, `bench/bare/${name}.cjs`)], env: { PORT: text } };
    case 'ours':
      return {
        args: [path.join(bundles, 'index.cjs')],
        env: { PORT: text, ...(name === 'all' ? {} : { FUNCTION_TARGET: name }) },
      };
    case 'stock, bundled':
      return {
        args: [path.join(bundles, 'index.cjs')],
        env: { PORT: text, FUNCTION_TARGET: name, FUNC_HOST: 'faas-js-runtime' },
      };
    case 'stock, unbundled':
      return {
        args: [
          path.join(root, 'node_modules/faas-js-runtime/bin/cli.js'),
          path.join(unbundled, `functions/${name}/index.js`),
        ],
        env: { FUNC_PORT: text, FUNC_INCLUDE_RAW: 'true', FUNC_LOG_LEVEL: 'warn', FUNCTION_TARGET: name },
      };
  }
}
