// Every recorded API call is made again on the stand-in and must be answered alike: status, headers, body.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import type { GiteaStandIn, Repository } from '../../../stand-ins/gitea/index.ts';
import { differences, ReviewedList } from './differences.ts';
import { FIXTURES, readJson, SERVERS, type ServerName } from './recorded-history.ts';
import { addRecordedHook, fillRepository, moveOn, startLike } from './recorded-world.ts';

type Recording = {
  request: { method: string; path: string; headers: Record<string, string>; body?: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
};

/** Calls that change something, and those that see it, in the order they were made. All others come before. */
const IN_ORDER = [
  'hook-create',
  'hook-get',
  'hook-list',
  'hook-list-stranger',
  'hook-patch-active-only',
  'hook-get-after-patch',
  'hook-patch-full',
  'hook-delete',
  'hook-delete-again',
  'hook-get-missing',
  'status-create',
  'hook-create-defaults',
  'hook-delete-defaults',
  'hook-create-bad-type',
  'hook-create-bad-content-type',
  'hook-create-no-url',
  'hook-create-public-host',
  'hook-create-bad-url',
  'hook-create-unknown-event',
  'status-create-bad-state',
  'status-create-unknown-sha',
  'statuses',
  'scope-missing-403-raw',
  'scope-missing-403-repo',
  'scope-missing-403-user',
  'scope-ok-user',
  'scope-public-only-private-repo',
  'scope-read-repository-commit-pull',
  'scope-read-repository-get',
  'scope-read-repository-hook-list',
  'scope-read-repository-pull',
  'scope-read-repository-tree',
  'scope-write-missing-403-hook',
  'scope-write-missing-403-status',
  'scope-write-repository-hook-create',
];

/** Recorded half an hour later, when the repository had moved on. */
const LATER = /^(commit-pull|pull)-manua/;

/** Recordings carry no credentials; their names say whose token was used, and with which scopes. */
function credentials(name: string, header: string | undefined, gitea: GiteaStandIn): string | undefined {
  if (header === undefined) return undefined;
  if (name === 'repo-bad-token-401') return 'token nonsense';
  if (name.includes('stranger')) return `token ${gitea.token('grace')}`;
  const [, scope] = SCOPES.find(([names]) => names.test(name)) ?? [];
  return `${header.split(' ')[0]} ${scope === undefined ? 'recorder' : gitea.createToken('ada', scope.split(' '))}`;
}

const SCOPES: readonly (readonly [RegExp, string])[] = [
  [/^scope-(missing-403-(raw|repo)|ok-user)$/, 'read:user'],
  [/^scope-(missing-403-user|read-repository|write-missing)/, 'read:repository'],
  [/^scope-write-repository-hook-create$/, 'write:repository'],
  [/^scope-public-only-private-repo$/, 'public-only read:repository'],
];

/** fetch would tidy `..` out of a path; a raw request does not. */
function call(
  gitea: GiteaStandIn,
  recording: Recording,
  authorization: string | undefined,
): Promise<Recording['response']> {
  const { method, path, headers, body } = recording.request;
  const url = new URL(gitea.url);
  const sent: Record<string, string> = { ...headers };
  delete sent.Authorization;
  if (authorization) sent.Authorization = authorization;
  return new Promise((resolve, reject) => {
    const request = http.request({ host: url.hostname, port: url.port, method, path, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const came: Record<string, string> = {};
        for (let at = 0; at < response.rawHeaders.length; at += 2) {
          came[canonical(response.rawHeaders[at]!)] = response.rawHeaders[at + 1]!;
        }
        const status = response.statusCode ?? 0;
        resolve({ status, headers: came, body: bodyAsRecorded(Buffer.concat(chunks), came['Content-Type'] ?? '') });
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** `X-PageCount` is written X-Pagecount by Go, whose names the recordings carry. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function bodyAsRecorded(content: Buffer, type: string): unknown {
  if (content.length === 0) return null;
  if (!type.startsWith('application/json')) return { text: content.toString('utf8') };
  const value: unknown = JSON.parse(content.toString('utf8'));
  return value === null ? { json: null } : value;
}

/** Both sides made comparable: what is random on the server or left out here, and how a connection is handled. */
function normal(response: Recording['response']): Recording['response'] {
  const headers = { ...response.headers };
  for (const name of ['Connection', 'Keep-Alive', 'Transfer-Encoding']) delete headers[name];
  const sorted = Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...response, headers: sorted, body: normalBody(response.body) };
}

function normalBody(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalBody);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalBody(inner)]));
  // Gitea 1.26 lists the events of a hook in random order.
  if (Array.isArray(copy.events)) copy.events = [...copy.events].sort();
  // The stand-in counts no changed lines or files.
  for (const name of ['stats', 'additions', 'deletions', 'changed_files']) if (name in copy) copy[name] = 'not counted';
  return copy;
}

function names(server: ServerName): string[] {
  const all = readdirSync(new URL(`${server}/api/`, FIXTURES))
    .map((file) => file.replace(/\.json$/, ''))
    // What the recorded world is made from; the stand-in has no such routes.
    .filter((name) => !/^(git-refs|compare-many)$/.test(name));
  const readOnly = all.filter((name) => !IN_ORDER.includes(name) && !LATER.test(name));
  return [
    ...readOnly.sort(),
    ...IN_ORDER.filter((name) => all.includes(name)),
    ...all.filter((name) => LATER.test(name)),
  ];
}

/** The recorder removed the hooks it had made, but for the one whose address is none. */
function tidyHooks(repository: Repository): void {
  const [first, ...others] = repository.hooks;
  repository.hooks = [first!, ...others.filter((hook) => hook.url === 'not a url')];
}

describe('recorded API calls', () => {
  const list = new ReviewedList('api');

  for (const server of SERVERS) {
    it(`are answered by the stand-in as by ${server}`, async () => {
      let now = new Date();
      const gitea = await startLike(server, () => now);
      const repository = fillRepository(gitea, server);
      addRecordedHook(gitea, repository, server);
      // Nobody listens where the recorded hook pointed.
      gitea.setDeliveryRule(() => 'hold');
      try {
        const wrong: string[] = [];
        for (const name of names(server)) {
          const recording = readJson<Recording>(`${server}/api/${name}.json`);
          now = new Date(recording.response.headers.Date!);
          if (LATER.test(name)) moveOn(repository, recording.response.body);
          if (name === 'scope-read-repository-hook-list') tidyHooks(repository);
          const came = await call(gitea, recording, credentials(name, recording.request.headers.Authorization, gitea));
          // Go sends answers above 2 kB in chunks, without their length.
          if (recording.response.headers['Content-Length'] === undefined) delete came.headers['Content-Length'];
          const found = differences(normal(recording.response), normal(came));
          wrong.push(...list.unexcused(`${server}/${name}`, found).map((what) => `${name}: ${what}`));
        }
        assert.equal(wrong.join('\n'), '');
      } finally {
        await gitea.close();
      }
    });
  }

  it('differ in nothing that the reviewed list names without need', () => {
    assert.deepEqual(list.unused(), []);
  });
});
