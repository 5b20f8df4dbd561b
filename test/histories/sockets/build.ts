// Makes what the processes run: the bundles that are shipped, by the project's own build, and beside them the broker and the
// faster clock. A known fault is laid into a copy of the sources, never into the project.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import { folders } from '../../layers.ts';
import type { Patch } from '../bundle.ts';

const root = path.resolve(import.meta.dirname, '../../..');
/** All that build.mjs reads. */
const sources = ['build.mjs', 'package.json', 'tsconfig.json', ...folders];

export interface Built {
  /** The bundle of a function, by its name. */
  bundleOf(name: string): string;
  broker: string;
  preload: string;
  remove(): Promise<void>;
}

export async function buildProcesses(patch?: Patch): Promise<Built> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sockets-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const functions = path.join(folder, 'functions');
    await Promise.all([
      copyOf(folder, patch).then((from) =>
        promisify(execFile)(process.execPath, [path.join(from, 'build.mjs'), functions], { cwd: from }),
      ),
      ...['broker-process', 'clock-preload'].map((name) =>
        bundle({
          absWorkingDir: root,
          entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
          outfile: path.join(folder, name === 'broker-process' ? `${name}.mjs` : `${name}.cjs`),
          bundle: true,
          platform: 'node',
          target: 'node20',
          format: name === 'broker-process' ? 'esm' : 'cjs',
          logLevel: 'warning',
          banner: { js: name === 'broker-process' ? requireForCommonJs : '' },
        }),
      ),
    ]);
    return {
      bundleOf: (name) => path.join(functions, `${name}.cjs`),
      broker: path.join(folder, 'broker-process.mjs'),
      preload: path.join(folder, 'clock-preload.cjs'),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What is CommonJS among the dependencies asks for Node's own modules by require. */
const requireForCommonJs =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Where to build: the project itself, or a copy of it with the fault in place. */
async function copyOf(folder: string, patch: Patch | undefined): Promise<string> {
  if (patch === undefined) return root;
  const copy = path.join(folder, 'project');
  await mkdir(copy);
  await Promise.all(sources.map((name) => cp(path.join(root, name), path.join(copy, name), { recursive: true })));
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  const file = path.join(copy, patch.file);
  const parts = (await readFile(file, 'utf8')).split(patch.replace);
  if (parts.length !== 2) throw new Error(`${patch.file}: the text to be replaced is not there exactly once`);
  await writeFile(file, parts.join(patch.by));
  return copy;
}
