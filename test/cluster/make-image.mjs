// Makes images without a registry or a builder: folders become layers of a `docker save` archive, which `ctr images import`
// reads. Images in one archive share its layers.
//   node mkimage.mjs OUT.tar '{"layers":["base/","app/"],"images":{"dev.local/app:1":{"Entrypoint":["/app"]}}}'
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [out, text] = process.argv.slice(2);
const { layers, images } = JSON.parse(text);
const work = mkdtempSync(join(tmpdir(), 'mkimage-'));
const tar = (...args) =>
  execFileSync('tar', ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', ...args]);
const digest = async (file) => {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
};

const ids = [];
for (const folder of layers) {
  const file = join(work, 'layer');
  tar('-cf', file, '-C', folder, '.');
  const id = await digest(file);
  renameSync(file, join(work, `${id}.tar`));
  ids.push(id);
}
const manifest = [];
for (const [name, config] of Object.entries(images)) {
  const json = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...config },
    rootfs: { type: 'layers', diff_ids: ids.map((id) => `sha256:${id}`) },
    history: ids.map(() => ({ created_by: 'mkimage' })),
  });
  const file = `${createHash('sha256').update(json).digest('hex')}.json`;
  writeFileSync(join(work, file), json);
  manifest.push({ Config: file, RepoTags: [name], Layers: ids.map((id) => `${id}.tar`) });
}
writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
const files = new Set(manifest.flatMap(({ Config, Layers }) => [Config, ...Layers]));
tar('-cf', out, '-C', work, 'manifest.json', ...files);
rmSync(work, { recursive: true });
