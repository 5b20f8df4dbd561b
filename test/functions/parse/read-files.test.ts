import assert from 'node:assert/strict';
import type { Tree } from '../../../forges/forge.ts';
import { createFileReader } from '../../../functions/parse/read-files.ts';
import { selectFiles } from '../../../functions/parse/select-files.ts';
import { type DeploymentTemplate, readTemplate } from '../../../promotions/deployment-template.ts';
import { objectForge } from './object-forge.ts';

const template = readTemplate('{environment}/{application}.yaml') as DeploymentTemplate;

async function read(files: Record<string, string>) {
  const forge = objectForge();
  const head = forge.commit(files);
  const tree = (await forge.tree(head)) as Tree;
  const asked: number[] = [];
  let rests = 0;
  const measured: typeof forge = {
    ...forge,
    files(commit, wanted, maxBytes) {
      asked.push(wanted.reduce((sum, { size }) => sum + (size ?? 0), 0));
      return forge.files(commit, wanted, maxBytes);
    },
  };
  const reader = createFileReader(measured, new Map(), async () => void rests++);
  const { states } = await reader.at(head, selectFiles([template], tree).get('prod') ?? []);
  return {
    asked,
    rests,
    versions: states.map(({ content }) => content.kind === 'deployments' && content.deployments[0]?.version),
  };
}

const named = (count: number, content: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`prod/a${100 + i}.yaml`, content(i)]));

describe('reading deployment files', () => {
  it('asks for thousands of normal ones at once, and lets nobody wait', async () => {
    const { asked, rests, versions } = await read(named(600, (i) => `name: m\nversion: ${i}\n`));
    assert.deepEqual([asked.length, rests], [1, 0]);
    assert.deepEqual(versions, [...Array(600).keys()].map(String));
  });

  it('holds 16 MiB of great ones at once, and lets others have their turn before each', async () => {
    const filler = `# ${'x'.repeat(1_000)}\n`.repeat(1_000);
    const { asked, rests, versions } = await read(named(40, (i) => `name: m\nversion: ${i}\n${filler}`));
    assert.ok(asked.length >= 3 && asked.every((bytes) => bytes <= 16 * 1024 * 1024), String(asked));
    assert.equal(rests, 40);
    assert.deepEqual(versions, [...Array(40).keys()].map(String));
  });
});
