// What image builders do with this repository, step by step, without their images: source-to-image, Cloud Native Buildpacks
// and the Containerfile. Each ends in functions that answer. Needs the npm registry or a filled npm cache, as `npm ci` does.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { chosenFunction, type FunctionName, functions } from '../functions/table.ts';
import { createHttp } from '../io/http.ts';
import { freePort } from '../local/processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { scripts, version } = JSON.parse(read('package.json')) as { scripts: { start: string }; version: string };
const http = createHttp();

/** A builder's step: its environment is not that of the npm that runs this test. */
function run(folder: string, command: string, args: readonly string[], env: Record<string, string> = {}): string {
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$)/i.test(name));
  return execFileSync(command, args, {
    cwd: folder,
    env: { ...Object.fromEntries(clean), npm_config_prefer_offline: 'true', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const npm = (folder: string, args: readonly string[], env?: Record<string, string>) => run(folder, 'npm', args, env);

/** Names in an ignore file; ours hold names of top-level entries only. */
function ignored(file: string): string[] {
  return read(file)
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
}

/** What a builder gets to see. */
function upload(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'builder-'));
  const unseen = ignored('.funcignore');
  for (const entry of readdirSync(root))
    if (!unseen.includes(entry)) cpSync(path.join(root, entry), path.join(folder, entry), { recursive: true });
  return folder;
}

/** Enough for every function to start: Git and registry are down, and there is no broker. */
const nowhere = 'http://127.0.0.1:9';
const settings = {
  GITEA_WEBHOOK_SECRET: 'a-secret-we-chose',
  GITEA_URL: nowhere,
  GITEA_REPOSITORY: 'mlops/mlops-gitops',
  GITEA_STATUS_TOKEN: 'token',
  MODEL_REGISTRY_URL: nowhere,
  NOTIFY_CHANNELS: '[{"kind":"teams","name":"releases","url":"http://127.0.0.1:9"}]',
  SERVING_NAMESPACES: 'prod=user1-prod',
};
const event = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/builders',
  'ce-type': 'dev.example.nobody.takes.this',
  'content-type': 'application/json',
};

/** Starts every function with this command and lets each answer a request; then the whole group ends. */
async function startAndAsk(
  folder: string,
  [command, ...args]: readonly [string, ...string[]],
  more: Record<string, string> = {},
): Promise<void> {
  for (const name of Object.keys(functions) as FunctionName[]) {
    const port = await freePort();
    const child = spawn(command, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, PORT: String(port), FUNCTION_TARGET: name, ...settings, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const ended = once(child, 'close');
    try {
      while (!output.includes('"message":"ready"')) {
        const end = await Promise.race([ended, pause(20)]);
        assert.equal(end, undefined, `${name} ended: ${output}`);
      }
      const { status } = await http({
        method: 'POST',
        url: `http://127.0.0.1:${port}/`,
        headers: event,
        body: '{}',
        timeoutMs: 200_000,
      });
      assert.equal(status, name === 'gitea-source' ? 401 : 202, `${name}: ${output}`);
    } finally {
      if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL');
      await ended;
    }
  }
}

describe('image builders', () => {
  const folders: string[] = [];
  const folder = () => {
    const made = upload();
    folders.push(made);
    return made;
  };
  after(() => {
    for (const made of folders) rmSync(made, { recursive: true, force: true });
  });

  it('source-to-image: install, build, prune; NODE_CMD or npm start runs every function, on either host', async () => {
    const image = folder();
    npm(image, ['install', '--no-audit', '--no-fund'], { NODE_ENV: 'development' });
    npm(image, ['run', 'build', '--if-present']);
    npm(image, ['prune'], { NODE_ENV: 'production' });
    assert.ok(!existsSync(path.join(image, 'node_modules/esbuild')), 'development packages are pruned');

    const command = /^NODE_CMD=(.+)$/m.exec(read('.s2i/environment'))![1]!.split(' ') as [string, ...string[]];
    await startAndAsk(image, command);
    await startAndAsk(image, ['npm', 'run', '-d', 'start']);
    await startAndAsk(image, ['npm', 'run', 'start'], { FUNC_HOST: 'faas-js-runtime' });
  });

  it('buildpacks: ci, the scripts BP_NODE_RUN_SCRIPTS names, prune; start is run by a shell, without npm', async () => {
    const image = folder();
    npm(image, ['ci']);
    const { build } = parseYaml(read('func.yaml')) as { build: { buildEnvs: { name: string; value: string }[] } };
    const named = build.buildEnvs.find(({ name }) => name === 'BP_NODE_RUN_SCRIPTS')!.value.split(',');
    for (const script of named) npm(image, ['run', script]);
    npm(image, ['prune', '--omit=dev']);
    writeFileSync(path.join(image, 'start.sh'), scripts.start);
    await startAndAsk(image, ['sh', 'start.sh']);
  });

  it('Containerfile: the bundles alone are enough, with the licence texts of what is in them and an SBOM', async () => {
    const built = folder();
    const steps = [...read('Containerfile').matchAll(/^RUN (.+)$/gm)].map(([, step]) => step!);
    assert.ok(steps.length > 0);
    for (const step of steps) run(built, 'sh', ['-ec', step]);
    const sbom = JSON.parse(readFileSync(path.join(built, 'dist/sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string; version: string }[];
    };
    assert.equal(sbom.bomFormat, 'CycloneDX');
    const listed = new Set(sbom.components.map((each) => `${each.name} ${each.version}`));
    const texts = readFileSync(path.join(built, 'dist/third-party-licenses.txt'), 'utf8');
    const bundled = [...texts.matchAll(/^(\S+ \d+\.\d+\.\d\S*) \([\w.-]+\)$/gm)].map(([, name]) => name!);
    assert.ok(bundled.length > 4, texts.slice(0, 200));
    assert.deepEqual(
      bundled.filter((name) => !listed.has(name)),
      [],
      'in a bundle, not in the SBOM',
    );

    const image = mkdtempSync(path.join(tmpdir(), 'builder-'));
    folders.push(image);
    cpSync(path.join(built, 'dist'), image, { recursive: true });
    const [command, file] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(read('Containerfile'))![1]!) as [string, string];
    assert.equal(path.posix.dirname(file), '/app');
    await startAndAsk(image, [command, path.posix.basename(file)]);
    assert.deepEqual(readdirSync(path.join(image, 'page')).sort(), readdirSync(path.join(root, 'console/page')).sort());
  });

  it('Containerfile: the base is pinned, nobody is root, the version is that of the package', () => {
    const text = read('Containerfile');
    assert.match(text, /^ARG NODE_IMAGE=\S+:\d+\.\d+\.\d+-/m);
    assert.match(text, /^USER [1-9]\d*:0$/m);
    assert.equal(/^ARG VERSION=(.+)$/m.exec(text)![1], version);
    assert.doesNotMatch(text.slice(text.lastIndexOf('FROM ')), /node_modules|npm /, 'what runs has no package manager');
  });

  it('nothing that a build needs is hidden from builders', () => {
    assert.deepEqual(
      ignored('.dockerignore').filter((name) => !ignored('.funcignore').includes(name)),
      [],
    );
  });

  it('func.yaml opens a function that there is', () => {
    const { run: running } = parseYaml(read('func.yaml')) as { run: { envs: { name: string; value: string }[] } };
    const env = Object.fromEntries(running.envs.map(({ name, value }) => [name, value]));
    assert.notEqual(chosenFunction(env), 'all');
  });
});
