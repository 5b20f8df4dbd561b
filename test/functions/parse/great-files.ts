// Reads so many different deployment files of 1 MiB, made when they are asked for, and says how many are deployments.
import type { Forge, TreeEntry } from '../../../forges/forge.ts';
import { createFileReader } from '../../../functions/parse/read-files.ts';

const count = Number(process.argv[2]);
const filler = Array.from({ length: 1_020 }, (_, i) => `key-${i}: ${'x'.repeat(1_000)}\n`).join('');

function contentOf(path: string): Buffer {
  return Buffer.from(`version: version-of-${path}\n${filler}`);
}

const files = Array.from({ length: count }, (_, i) => {
  const path = `prod/application-${i}.yaml`;
  const entry: TreeEntry = { path, mode: '100644', type: 'blob', id: String(i).padStart(40, '0'), size: 1024 * 1024 };
  return { path, application: String(i), entry };
});
const forge = {
  tree: async () => new Map(files.map(({ path, entry }) => [path, entry])),
  files: async (_commit: string, wanted: readonly TreeEntry[]) =>
    new Map(wanted.map(({ path }) => [path, contentOf(path)])),
} as Partial<Forge> as Forge;

const reader = createFileReader(forge, new Map(), () => new Promise((resolve) => setImmediate(resolve)));
const { states } = await reader.at('c'.repeat(40), files);
console.log(`${states.filter(({ content }) => content.kind === 'deployments').length} deployments`);
