// Where the forge contract is tried: each world makes a repository of its own through the server's public API.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitStatuses, Forge, Webhooks } from '../../forges/forge.ts';
import { clock } from '../../io/clock.ts';
import type { Person } from '../../promotions/promotion.ts';
import { GENERATIONS } from '../../stand-ins/gitea/generations.ts';
import { createGiteaStandIn, type GenerationName, type StandInOptions } from '../../stand-ins/gitea/index.ts';
import { giteaAt } from '../forges/gitea/recorded.ts';

export interface ForgeWorld {
  name: string;
  make(): Promise<Made>;
}

export type MergeStyle = 'merge' | 'squash' | 'rebase-merge';

/** A private repository that holds nothing yet, and what can be done with it. */
export interface Made {
  /** By ROOT_URL, as webhooks have it. */
  url: string;
  /** By the address it is read at. */
  readAt: string;
  login: string;
  /** Of whoever merges. */
  person: Person;
  /** May not show up in any message. */
  secrets: readonly string[];
  /** `ahead`: how far (ms) the adapter's clock is ahead of the test's. */
  forge(other?: { token?: string; repository?: string; ahead?: number }): Forge;
  /** What people read beside its commits. */
  statuses(other?: { token?: string; repository?: string }): CommitStatuses;
  /** Of the repository, for who administers it. */
  webhooks(other?: { token?: string; repository?: string }): Webhooks;
  /** On main; resolves to the commit. */
  commit(change: { write?: ReadonlyMap<string, string>; remove?: readonly string[]; message: string }): Promise<string>;
  /** A symbolic link, as a commit on main; resolves to the commit. */
  link(path: string, text: string): Promise<string>;
  branch(name: string, commit: string): Promise<void>;
  pull(request: {
    style: MergeStyle;
    title: string;
    write: ReadonlyMap<string, string>;
  }): Promise<{ number: number; url: string; mergedAt: string; branchHead: string }>;
  /** Resolves to the new address. */
  rename(): Promise<string>;
  end(): Promise<void>;
}

/** Every stand-in, one of them with pages as small as a server may be set to, and the real server when its settings are given. */
export function forgeWorlds(): ForgeWorld[] {
  const standIn = (name: string, options: StandInOptions): ForgeWorld => ({
    name,
    async make() {
      const gitea = await createGiteaStandIn(options);
      const made = await makeOnGitea(gitea.url, gitea.token(), gitea.close);
      const link: Made['link'] = async (path, text) =>
        gitea.repository(new URL(made.readAt).pathname.slice(1)).commit({
          files: { [path]: { content: text, mode: '120000' } },
          message: 'Link',
        });
      return { ...made, link };
    },
  });
  const worlds = (Object.keys(GENERATIONS) as GenerationName[]).map((generation) =>
    standIn(`stand-in for ${generation}`, { generation }),
  );
  worlds.push(
    standIn('stand-in for gitea-1.26 with small pages', {
      limits: { treesPage: 5, page: 7, maxPage: 8, blobSize: 12 },
    }),
  );
  // As in a cluster: read at an address that people do not use.
  const rootUrl = 'https://git.example.test/gitea/';
  worlds.push(
    standIn('stand-in for gitea-1.26 with another ROOT_URL', { rootUrl }),
    standIn('stand-in for gitea-1.22 with another ROOT_URL', { rootUrl, generation: 'gitea-1.22' }),
  );
  const { GITEA_URL: url, GITEA_TOKEN: token } = process.env;
  if (url && token) worlds.push({ name: `Gitea at ${new URL(url).host}`, make: () => makeOnGitea(url, token) });
  return worlds;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the server under test
type Json = any;

/** `end` is called after the repository is deleted. */
export async function makeOnGitea(server: string, token: string, end = async () => {}): Promise<Made> {
  const root = `${server.replace(/\/+$/, '')}/api/v1`;

  async function call(method: string, path: string, body?: object, also: number[] = []): Promise<Json> {
    const response = await fetch(root + path, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (also.includes(response.status)) return undefined;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  const user = await call('GET', '/user');
  const name = `contract-${randomBytes(4).toString('hex')}`;
  const repository = `${user.login}/${name}`;
  const at = `/repos/${repository}`;
  const created = await call('POST', '/user/repos', { name, private: true, default_branch: 'main' });
  let current = repository;

  async function change(body: { write?: ReadonlyMap<string, string>; remove?: readonly string[] }, rest: object) {
    const head = await call('GET', `${at}/branches/main`, undefined, [404]);
    const known = new Map<string, string>();
    for (const path of head ? [...(body.write?.keys() ?? []), ...(body.remove ?? [])] : []) {
      const file = await call('GET', `${at}/contents/${path}?ref=main`, undefined, [404]);
      if (file) known.set(path, file.sha);
    }
    const files = [
      ...[...(body.write ?? [])].map(([path, text]) => ({
        operation: known.has(path) ? 'update' : 'create',
        path,
        content: Buffer.from(text).toString('base64'),
        sha: known.get(path),
      })),
      ...(body.remove ?? []).map((path) => ({ operation: 'delete', path, sha: known.get(path) })),
    ];
    return (await call('POST', `${at}/contents`, { files, ...rest })).commit.sha as string;
  }

  const pageOf = (answer: Json) => answer.url.replace('/api/v1/repos/', '/');
  const publicUrl = pageOf(created);

  return {
    url: publicUrl,
    readAt: `${server.replace(/\/+$/, '')}/${repository}`,
    login: user.login,
    person: { login: user.login, ...(user.full_name ? { name: user.full_name } : {}) },
    secrets: [token],

    forge: ({ token: other, repository: elsewhere, ahead = 0 } = {}) =>
      giteaAt(
        server,
        { repository: elsewhere ?? repository, token: () => other ?? token },
        { clock: { ...clock, now: () => clock.now() + ahead } },
      ),

    statuses: ({ token: other, repository: elsewhere } = {}) =>
      giteaAt(server, {
        repository: elsewhere ?? repository,
        token: () => other ?? token,
        tokenName: 'GITEA_STATUS_TOKEN',
      }),

    webhooks: ({ token: other, repository: elsewhere } = {}) =>
      giteaAt(server, { repository: elsewhere ?? repository, token: () => other ?? token }).webhooks,

    commit: ({ message, ...body }) => change(body, { message, branch: 'main' }),

    // The API writes regular files; a patch can make a link.
    async link(path, text) {
      const head = `diff --git a/${path} b/${path}\nnew file mode 120000\n--- /dev/null\n+++ b/${path}\n`;
      const content = `${head}@@ -0,0 +1 @@\n+${text}\n\\ No newline at end of file\n`;
      return (await call('POST', `${at}/diffpatch`, { branch: 'main', message: 'Link', content })).commit.sha;
    },

    async branch(branch, commit) {
      await call('POST', `${at}/branches`, { new_branch_name: branch, old_ref_name: commit });
    },

    async pull({ style, title, write }) {
      const branch = `pull-${style}`;
      const branchHead = await change({ write }, { message: title, branch: 'main', new_branch: branch });
      const { number } = await call('POST', `${at}/pulls`, { title, head: branch, base: 'main' });
      // 405 until the server has found out whether it can be merged: seconds (measured).
      for (let tries = 0; tries < 100; tries++) {
        await call('POST', `${at}/pulls/${number}/merge`, { Do: style }, [405, 409]);
        const pull = await call('GET', `${at}/pulls/${number}`);
        if (pull.merged) return { number, url: `${publicUrl}/pulls/${number}`, mergedAt: pull.merged_at, branchHead };
        await sleep(200);
      }
      throw new Error(`pull request ${number} is not merged after many tries`);
    },

    async rename() {
      const renamed = await call('PATCH', at, { name: `${name}-renamed` });
      current = renamed.full_name;
      return pageOf(renamed);
    },

    async end() {
      await call('DELETE', `/repos/${current}`, undefined, [404]);
      await end();
    },
  };
}
