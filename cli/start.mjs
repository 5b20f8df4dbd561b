#!/usr/bin/env node
// `npx post-deployment` in a checkout: bundles the command line if its sources are newer than the bundle (about 300 ms), then runs
// the bundle (about 100 ms faster than running the sources). The image has only the bundle, dist/post-deployment.cjs.
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const layers = [
  ...['cli', 'clusters', 'config', 'console', 'events', 'forges', 'functions', 'host', 'io', 'jobs', 'promotions'],
  'registries',
];
const cache = path.join(root, 'node_modules', '.cache', 'post-deployment');
const bundle = path.join(cache, 'post-deployment.cjs');

try {
  if ((await changedAt(bundle)) < (await newestSource())) await rebuild();
} catch (error) {
  const missing = error.code === 'ERR_MODULE_NOT_FOUND';
  console.error(
    missing ? `${error.message}\n→ Run npm ci in ${root} first.` : `The command line cannot be built: ${error.message}`,
  );
  process.exit(1);
}
createRequire(import.meta.url)(bundle).start();

async function changedAt(file) {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
  return mtimeMs;
}

async function newestSource() {
  const lists = layers.map(async (layer) => {
    const files = await readdir(path.join(root, layer), { recursive: true });
    return files.filter((file) => /\.(ts|js|css|html|svg)$/.test(file)).map((file) => path.join(root, layer, file));
  });
  const files = [
    ...(await Promise.all(lists)).flat(),
    path.join(root, 'build.mjs'),
    path.join(root, 'package-lock.json'),
  ];
  return Math.max(...(await Promise.all(files.map(changedAt))));
}

/** Builds in a folder of its own first, because another process may start at the same time. */
async function rebuild() {
  const { buildCommandLine } = await import('../build.mjs');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'build-'));
  try {
    await buildCommandLine(folder);
    await cp(path.join(folder, 'page'), path.join(cache, 'page'), { recursive: true });
    await rename(path.join(folder, 'post-deployment.cjs'), bundle);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
