// The command line as a process, as a user starts it, beside a Gitea and a registry that stand in.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createGiteaStandIn,
  type GenerationName,
  type GiteaStandIn,
  type RepositoryHandle,
} from '../../stand-ins/gitea/index.ts';
import {
  createModelRegistryStandIn,
  type GenerationName as RegistryGeneration,
  type StandIn,
} from '../../stand-ins/model-registry/index.ts';

export const start = fileURLToPath(new URL('../../cli/start.mjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any command
  json: any;
}

export interface Run {
  env?: Record<string, string | undefined>;
  input?: string;
  cwd?: string;
}

export interface CliWorld {
  gitea: GiteaStandIn;
  repository: RepositoryHandle;
  registry: StandIn;
  /** What the settings are; changed by a test for itself. */
  env: Record<string, string | undefined>;
  /** An empty folder, in which commands run. */
  folder: string;
  begin(args: readonly string[], run?: Run): ChildProcess;
  run(args: readonly string[], run?: Run): Promise<Ended>;
  close(): Promise<void>;
}

/** Leads to this machine, and is no loopback address by its looks. */
export const notLocal = '[::ffff:7f00:1]';

export const secret = 'webhook-secret-of-tests';

export function config(name: string, version: string): string {
  return `name: ${name}\nversion: "${version}"\nimage_repository: quay.io\nimage_namespace: models\n`;
}

export const pathOf = (application: string, environment = 'prod') =>
  `model-deployments/${environment}/${application}/config.yaml`;

/** The ownership marker that a repository has set on a model for prod. */
export const marker = (repository: string) => ({
  'prod.repository': repository,
  'prod.head': 'd'.repeat(40),
  'prod.observedAt': '2026-11-20T10:00:00.000Z',
});

/** Changes something by Gitea's API, as its owner. */
export async function callGitea({ gitea }: CliWorld, method: string, at: string, content: object): Promise<void> {
  const { status } = await fetch(`${gitea.url}/api/v1${at}`, {
    method,
    headers: { authorization: `token ${gitea.token('ada')}`, 'content-type': 'application/json' },
    body: JSON.stringify(content),
  });
  assert.equal(status, 200);
}

export interface WorldOptions {
  /** Gitea's. */
  clock?: () => Date;
  generation?: GenerationName;
  registry?: RegistryGeneration;
}

/** `files`: of the first commit. */
export async function createCliWorld(
  files: Record<string, string> = {},
  options: WorldOptions = {},
): Promise<CliWorld> {
  const { clock, generation } = options;
  const gitea = await createGiteaStandIn({
    hosts: [notLocal],
    ...(clock && { clock }),
    ...(generation && { generation }),
  });
  const repository = gitea.createRepository('ada/mlops-gitops', { files: { 'README.md': 'Fleet\n', ...files } });
  const registry = await createModelRegistryStandIn(options.registry ? { generation: options.registry } : {});
  const folder = await mkdtemp(path.join(tmpdir(), 'cli-'));
  const env: Record<string, string | undefined> = {
    GITEA_URL: gitea.url,
    GITEA_REPOSITORY: 'ada/mlops-gitops',
    GITEA_TOKEN: gitea.createToken('ada', ['read:repository']),
    MODEL_REGISTRY_URL: registry.url,
  };

  function begin(args: readonly string[], { env: more = {}, cwd = folder }: Run = {}): ChildProcess {
    const own = { PATH: process.env.PATH, HOME: process.env.HOME, ...env, ...more };
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    return spawn(process.execPath, [start, ...args], { cwd, env: given as NodeJS.ProcessEnv });
  }

  return {
    gitea,
    repository,
    registry,
    env,
    folder,
    begin,
    async run(args, run = {}) {
      const child = begin(args, run);
      child.stdin!.on('error', () => {});
      child.stdin!.end(run.input ?? '');
      return ended(child);
    },
    async close() {
      await Promise.all([gitea.close(), registry.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (more: string) => {
      text[name] += more;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    code,
    ...text,
    get json() {
      return JSON.parse(text.stdout);
    },
  };
}

/** What doctor found about one thing, each as a line with what to do about it. `json`: what `doctor --json` prints. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of the command
export function findingLines(json: any, about: string): string[] {
  const all = json.findings as { level: string; about: string; said: string; next?: string }[];
  return all
    .filter((finding) => finding.about === about)
    .map(({ level, said, next }) => `${level}: ${said}${next === undefined ? '' : ` → ${next}`}`);
}
