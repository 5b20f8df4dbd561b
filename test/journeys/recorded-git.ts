// Gitea's API over the trees and pull requests of one recorded case, for the real adapter. The branch's head is where the
// test puts it, as it was when the delivery came. Answers differ by generation as measured: bulk contents from Gitea 1.24 on,
// commits/{sha}/pull with a wrong pull request (Gitea 1.22.0) or none (Forgejo 7.0.2).
import { readFileSync } from 'node:fs';
import { recordedCase } from '../forges/gitea/deliveries.ts';
import { recorded } from '../forges/gitea/recorded.ts';
import { httpServer } from '../io/local-server.ts';

export type Server = 'gitea' | 'gitea-1.22' | 'forgejo';

interface Entry {
  path: string;
  mode: string;
  type: string;
  sha: string;
  size?: number;
}

interface RecordedCommit {
  parents: string[];
  entries: Entry[];
  tag_of?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON of any shape
type Json = any;

const fixtures = new URL('../fixtures/', import.meta.url);

const versions: Record<Server, string> = { gitea: '1.26.0', 'gitea-1.22': '1.22.0', forgejo: '7.0.2+gitea-1.21.11' };

export interface RecordedGit {
  url: string;
  repository: string;
  branch: string;
  /** Head of the branch when the case had ended. */
  after: string;
  /** What `head` of the watched branch is from now on. */
  setHead(commit: string): void;
  /** A delivery came: from now on the server knows the pull request it tells of. */
  learn(payload: Json): void;
  /** Questions asked, without their query. */
  asked: string[];
  close(): Promise<void>;
}

export async function recordedGit(server: Server, name: string): Promise<RecordedGit> {
  const read = (file: string) =>
    JSON.parse(readFileSync(new URL(`${server}/deliveries/${name}/${file}`, fixtures), 'utf8'));
  const about = read('case.json') as { repository: string; default_branch: string; after: string };
  const { commits, blobs } = read('commits.json') as {
    commits: Record<string, RecordedCommit>;
    blobs: Record<string, { text?: string; base64?: string }>;
  };
  const payloads = recordedCase(`${server}/deliveries/${name}`).map(({ headers, body }) => payloadOf(headers, body));
  const repository = payloads.map(({ repository }) => repository).find((one) => one?.full_name === about.repository);
  const written = commitsNamedIn(payloads, (id) => (commits[id]?.parents ?? []).filter((parent) => commits[parent]));
  /** Merged ones by merge commit. */
  const pulls = new Map<string, Json>();
  let head = '';
  const asked: string[] = [];

  const prefix = `/api/v1/repos/${about.repository}`;
  const local = await httpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const send = (status: number, body: Json, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json;charset=utf-8', ...headers })
        .end(JSON.stringify(body));
    const route = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname;
    asked.push(route);
    if (route === '/api/v1/version') return void send(200, { version: versions[server] });
    const answer = answerTo(route.split('/').map(decodeURIComponent), url.searchParams);
    if (answer === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    } else if (answer.raw) {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(answer.raw);
    } else if (answer.missing) {
      send(404, { message: answer.missing, url: `${local.url}/api/swagger` });
    } else {
      send(200, answer.json, answer.headers);
    }
  });

  type Answer = { json?: Json; headers?: Record<string, string>; raw?: Buffer; missing?: string };

  function answerTo([, first = '', ...rest]: string[], query: URLSearchParams): Answer | undefined {
    switch (first) {
      case '':
        return { json: { ...repository, default_branch: about.default_branch } };
      case 'branches': {
        const branch = rest.join('/');
        if (branch !== about.default_branch) return { missing: 'branch does not exist' };
        return { json: { name: branch, commit: { id: head } } };
      }
      case 'git': {
        const [kind, id = ''] = rest;
        const commit = commits[id];
        if (commit === undefined) return { missing: 'sha not found' };
        if (kind === 'commits') return { json: { sha: id } };
        return {
          json: { sha: id, tree: commit.entries, truncated: false, page: 1, total_count: commit.entries.length },
        };
      }
      case 'file-contents': {
        if (server !== 'gitea') return undefined;
        const { files } = JSON.parse(query.get('body') ?? '') as { files: string[] };
        const at = query.get('ref') ?? '';
        return {
          json: files.map((path) => {
            const content = contentOf(entryOf(at, path));
            return content === undefined ? null : { path, encoding: 'base64', content: content.toString('base64') };
          }),
        };
      }
      case 'raw': {
        const content = contentOf(entryOf(query.get('ref') ?? '', rest.join('/')));
        return content === undefined ? { missing: 'not found' } : { raw: content };
      }
      case 'commits': {
        if (rest.length > 0) return pullOf(rest[0] ?? '');
        const not = query.get('not');
        if (not !== null) {
          const known = reachable(not);
          const left = [...reachable(query.get('sha') ?? '')].filter((id) => !known.has(id));
          return { json: left.map(written), headers: { 'x-total-count': String(left.length) } };
        }
        const found = history(query.get('sha') ?? '', query.get('path') ?? '');
        if (found.length === 0) return { missing: 'FileCommitsCount' };
        return { json: found.map(written), headers: { 'x-total-count': String(found.length) } };
      }
      case 'pulls':
        return { json: [...pulls.values()] };
      default:
        return undefined;
    }
  }

  function pullOf(commit: string): Answer {
    const wrong = server === 'gitea-1.22' ? (recorded(server, 'commit-pull-unknown-sha').body as string) : undefined;
    if (wrong !== undefined) return { json: JSON.parse(wrong) };
    const pull = server === 'forgejo' ? undefined : pulls.get(commit);
    return pull ? { json: pull } : { missing: 'pull request does not exist [id: 0, issue_id: 0]' };
  }

  function entryOf(commit: string, path: string): Entry | undefined {
    return commits[commit]?.entries.find((entry) => entry.path === path);
  }

  function contentOf(entry: Entry | undefined): Buffer | undefined {
    const { text, base64 } = (entry && blobs[entry.sha]) ?? {};
    return text === undefined ? (base64 === undefined ? undefined : Buffer.from(base64, 'base64')) : Buffer.from(text);
  }

  /** Also ids of commits that were not recorded. */
  function reachable(from: string): Set<string> {
    const found = new Set([from]);
    for (const id of found) for (const parent of commits[id]?.parents ?? []) found.add(parent);
    return found;
  }

  /** As `git log -- path`: where a parent has the same content, the way goes there; commits that were not recorded end it. */
  function history(from: string, path: string): string[] {
    const found: string[] = [];
    const at = (commit: string) =>
      JSON.stringify(
        commits[commit]?.entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`)),
      );
    for (let commit: string | undefined = from; commit !== undefined; ) {
      const recorded: RecordedCommit | undefined = commits[commit];
      if (recorded === undefined) break;
      const known: string[] = recorded.parents.filter((parent) => commits[parent]);
      const now = at(commit);
      const same: string | undefined = known.find((parent: string) => at(parent) === now);
      if (same === undefined) found.push(commit);
      commit = same ?? known[0];
    }
    return found;
  }

  return {
    url: local.url,
    repository: about.repository,
    branch: about.default_branch,
    setHead: (commit) => {
      head = commit;
    },
    learn({ pull_request: pull }) {
      if (pull?.merged) pulls.set(pull.merge_commit_sha, pull);
    },
    after: about.after,
    asked,
    close: local.close,
  };
}

export function payloadOf(headers: Record<string, string>, body: Buffer): Json {
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return JSON.parse(form ? (new URLSearchParams(body.toString('latin1')).get('payload') ?? '') : body.toString());
}

/** How the API shows a commit, from what pushes say about it. `parentsOf`: those that were recorded. */
function commitsNamedIn(payloads: Json[], parentsOf: (id: string) => string[]): (id: string) => Json {
  const named = new Map<string, Json>();
  for (const { commits, head_commit } of payloads)
    for (const commit of [...(Array.isArray(commits) ? commits : []), ...(head_commit ? [head_commit] : [])])
      named.set(commit.id, commit);
  return (id) => {
    const { author, committer, timestamp } = named.get(id) ?? {};
    return {
      sha: id,
      commit: {
        author: { name: author?.name ?? 'unnamed' },
        committer: { name: committer?.name ?? 'unnamed', date: timestamp ?? '2026-01-01T00:00:00Z' },
      },
      author: author?.username ? { login: author.username } : null,
      parents: parentsOf(id).map((sha) => ({ sha })),
    };
  };
}
