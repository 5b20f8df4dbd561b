// Puts histories and product into one file that Node runs. Not for speed alone: a bundle's dynamic imports are settled without
// waiting for the disk, and such waiting would be chance. Can lay a known fault into the product on the way.

import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');

/** One piece of a source file in another's place. `file`: from the root of the repository. */
export interface Patch {
  file: string;
  replace: string;
  by: string;
}

export interface Bundle {
  /** To be run by node. */
  file: string;
  remove(): Promise<void>;
}

export async function bundleHistories(patch?: Patch): Promise<Bundle> {
  const folder = mkdtempSync(path.join(tmpdir(), 'histories-'));
  const file = path.join(folder, 'histories.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/histories/main.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    keepNames: true,
    sourcemap: 'inline',
    legalComments: 'none',
    logLevel: 'warning',
    outfile: file,
    // What is CommonJS among the dependencies asks for Node's own modules by require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: patch ? [patching(patch)] : [],
  });
  return { file, remove: () => rm(folder, { recursive: true }) };
}

function patching({ file, replace, by }: Patch): Plugin {
  const target = path.join(root, file);
  return {
    name: 'known-fault',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (loaded) => {
        if (loaded.path !== target) return undefined;
        const text = await readFile(target, 'utf8');
        if (text.split(replace).length !== 2)
          throw new Error(`${file}: the text to be replaced is not there exactly once`);
        return { contents: text.replace(replace, () => by), loader: 'ts' };
      });
    },
  };
}
