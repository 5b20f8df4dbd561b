// Makes a release of the commit that is checked out, in release/ (or --out FOLDER): the chart as a package, the image as an OCI archive,
// and their checksums. Uploads nothing. `npm run release [-- --no-image | --node-image REFERENCE]`; CONTRIBUTING has what to do with the files.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const root = import.meta.dirname;
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(root, 'release') },
    'no-image': { type: 'boolean' },
    // Instead of the Containerfile's base, from a mirror for one.
    'node-image': { type: 'string' },
  },
});
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const has = (program) => spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0;

function stop(sentence) {
  console.error(`release: ${sentence}`);
  process.exit(1);
}

/** Its output is shown. */
function run(program, ...args) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  stop(`${program} ${args[0]} failed (${error?.message ?? signal ?? `exit code ${status}`}), so there is no release.`);
}

/** The one version that package.json, the chart and the image say. */
function versionOfAll() {
  const { version } = JSON.parse(read('package.json'));
  const chart = parse(read('config/chart/Chart.yaml'));
  const [, image] = /^ARG VERSION=(.*)$/m.exec(read('Containerfile')) ?? [];
  const said = { 'Chart.yaml version': chart.version, 'Chart.yaml appVersion': chart.appVersion, Containerfile: image };
  for (const [where, other] of Object.entries(said))
    if (other !== version) stop(`expected version ${version}, as package.json says; ${where} says ${other}.`);
  return version;
}

/** How each builder makes an archive of one platform, this machine's. `image`: name and tag; `build`: what all are given. */
const builders = {
  buildah(image, file, build) {
    run('buildah', 'build', '-f', 'Containerfile', '-t', `localhost/${image}`, ...build, '.');
    run('buildah', 'push', `localhost/${image}`, `oci-archive:${file}:${image}`);
  },
  podman(image, file, build) {
    run('podman', 'build', '-f', 'Containerfile', '-t', `localhost/${image}`, ...build, '.');
    run('podman', 'save', '--format', 'oci-archive', '-o', file, `localhost/${image}`);
  },
  docker(image, file, build) {
    run(
      'docker',
      'buildx',
      'build',
      '-f',
      'Containerfile',
      '-t',
      image,
      ...build,
      '--output',
      `type=oci,dest=${file}`,
      '.',
    );
  },
};

async function checksum(file) {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}

const folder = path.resolve(options.out);
const version = versionOfAll();
const changed = git('status', '--porcelain');
if (changed)
  stop(`expected every change to be committed, because a release is of a commit; git status shows\n${changed}`);
const helm = process.env.HELM || 'helm';
if (!has(helm))
  stop('expected helm, which packages the chart: https://helm.sh/docs/intro/install, or its path in HELM.');
const builder = Object.keys(builders).find(has);
if (!options['no-image'] && !builder)
  stop(
    `expected ${Object.keys(builders).join(', ')} or --no-image: one of them builds the image from the Containerfile.`,
  );

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
run(helm, 'package', path.join(root, 'config/chart'), '--destination', folder);
if (!options['no-image']) {
  const labels = { VERSION: version, REVISION: git('rev-parse', 'HEAD'), CREATED: git('log', '-1', '--format=%cI') };
  const given = { ...labels, ...(options['node-image'] && { NODE_IMAGE: options['node-image'] }) };
  const build = Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const file = path.join(folder, `post-deployment-functions-${version}.oci.tar`);
  builders[builder](`post-deployment-functions:${version}`, file, build);
}
const sums = [];
for (const name of readdirSync(folder).sort()) sums.push(`${await checksum(path.join(folder, name))}  ${name}\n`);
writeFileSync(path.join(folder, 'SHA256SUMS'), sums.join(''));
process.stdout.write(`${folder}\n${sums.join('')}`);
