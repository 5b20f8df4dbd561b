// `npm run release` on a copy of what it needs, as a repository of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tool } from './tool.ts';

const project = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as { version: string };

describe('npm run release', () => {
  let helm: string;
  let folder: string;
  let copy: string;
  /** Has git, and nothing that builds images. */
  let programs: string;

  before(function () {
    helm = tool(this, 'HELM');
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'release-'));
    copy = path.join(folder, 'copy');
    for (const file of ['package.json', 'Containerfile', 'release.mjs', 'config/chart', '.gitignore'])
      cpSync(path.join(project, file), path.join(copy, file), { recursive: true });
    symlinkSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
    writeFileSync(path.join(copy, '.gitignore'), 'release\nnode_modules\n');
    programs = path.join(folder, 'programs');
    mkdirSync(programs);
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    symlinkSync(git, path.join(programs, 'git'));
    execFileSync('git', ['init', '-q'], { cwd: copy });
    commit();
  });
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  const commit = () =>
    execFileSync(
      'sh',
      ['-c', 'git add . && git -c user.name=test -c user.email=test@example.test commit -qm "A release"'],
      { cwd: copy },
    );
  const change = (file: string, from: string, to: string) => {
    const at = path.join(copy, file);
    writeFileSync(at, readFileSync(at, 'utf8').replace(from, to));
  };
  const release = (args: string[] = [], env = {}) =>
    spawnSync(process.execPath, ['release.mjs', ...args], {
      cwd: copy,
      encoding: 'utf8',
      env: { PATH: programs, HOME: folder, HELM: helm, ...env },
    });
  const made = (name = '') => path.join(copy, 'release', name);

  /** As `sha256sum -c` does. */
  function checkSums(): string[] {
    const lines = readFileSync(made('SHA256SUMS'), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [, sum, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line)!;
      assert.equal(
        createHash('sha256')
          .update(readFileSync(made(name)))
          .digest('hex'),
        sum,
        name,
      );
      return name!;
    });
  }

  it('makes the package of the chart, with its checksum; helm reads the version and renders it', () => {
    const { status, stderr, stdout } = release(['--no-image']);
    assert.equal(status, 0, stderr);
    const file = `post-deployment-functions-${version}.tgz`;
    assert.deepEqual(readdirSync(made()).sort(), ['SHA256SUMS', file]);
    assert.deepEqual(checkSums(), [file]);
    assert.ok(stdout.includes(file));
    const show = execFileSync(helm, ['show', 'chart', made(file)], { encoding: 'utf8' });
    assert.match(show, new RegExp(`^version: ${version}$`, 'm'));
    const values = ['USER_NAME=user1', 'cluster_domain=apps.example.com', 'checkApis=false'].flatMap((one) => [
      '--set',
      one,
    ]);
    assert.match(execFileSync(helm, ['template', 'x', made(file), ...values], { encoding: 'utf8' }), /kind: Trigger/);
  });

  it('has the builder that is there make the image archive, with version and commit', () => {
    const podman = path.join(programs, 'podman');
    const file = made(`post-deployment-functions-${version}.oci.tar`);
    writeFileSync(podman, `#!/bin/sh\necho "podman $*"\n[ "$1" != save ] || echo archive > "$5"\n`);
    chmodSync(podman, 0o755);
    const { status, stderr, stdout } = release(['--node-image', 'mirror.example.com/node:22']);
    assert.equal(status, 0, stderr);
    const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: copy, encoding: 'utf8' }).trim();
    assert.match(
      stdout,
      new RegExp(
        `podman build .*VERSION=${version} .*REVISION=${head} .*CREATED=2\\S+ .*NODE_IMAGE=mirror\\.example\\.com\\/node:22`,
      ),
    );
    assert.ok(stdout.includes(`podman save --format oci-archive -o ${file}`));
    assert.deepEqual(checkSums(), [path.basename(file), `post-deployment-functions-${version}.tgz`]);
  });

  it('leaves nothing where the builder fails, and says so', () => {
    writeFileSync(path.join(programs, 'podman'), '#!/bin/sh\n[ "$1" != build ]\n', { mode: 0o755 });
    const { status, stderr } = release();
    assert.equal(status, 1);
    assert.match(stderr, /^release: podman build failed \(exit code 1\), so there is no release\.$/m);
    assert.throws(() => readdirSync(made()));
  });

  it('says what is missing, and makes nothing', () => {
    const cases: [() => void, object, RegExp][] = [
      [() => {}, {}, /expected buildah, podman, docker or --no-image/],
      [() => {}, { HELM: '/nowhere/helm' }, /expected helm, which packages the chart/],
      [
        () => change('config/chart/Chart.yaml', `appVersion: ${version}`, 'appVersion: 9.9.9'),
        {},
        /expected version .*, as package\.json says; Chart\.yaml appVersion says 9\.9\.9/,
      ],
      [
        () => {
          execFileSync('git', ['checkout', '-q', '.'], { cwd: copy });
          change('Containerfile', 'USER 1001:0', 'USER 0');
        },
        {},
        /expected every change to be committed[\s\S]*Containerfile/,
      ],
    ];
    for (const [prepare, env, sentence] of cases) {
      prepare();
      const { status, stderr } = release([], env);
      assert.equal(status, 1);
      assert.match(stderr, sentence);
      assert.throws(() => readdirSync(made()));
    }
  });
});
