// Git as the page shows it: open pull requests, the branch's history, and the deployment files that people edit. Reads only.
import { selectFiles, templatesOf } from '../../functions/parse/select-files.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import type { Readers } from './readers.ts';

export interface PullView {
  number: number;
  title: string;
  author: string;
  mergeable: boolean;
}

export interface CommitView {
  id: string;
  title: string;
  author: string;
  at: string;
  parents: number;
}

export interface FileView {
  path: string;
  environment: string;
  application: string;
  /** Undefined: larger than the page shows. */
  text?: string;
}

export interface GitView {
  branch: string;
  head: string;
  pulls: PullView[];
  history: CommitView[];
  files: FileView[];
  /** How many there are, when not all are shown. */
  filesInAll: number;
}

const maxCommits = 30;
const maxFiles = 60;
const maxFileBytes = 64 * 1024;

/** Throws when Gitea does not answer as it should. */
export async function readGit({ forge, gitea, settings: { parse } }: Readers): Promise<GitView> {
  const branch = parse.branch ?? (await forge.repository()).defaultBranch;
  const head = await forge.head(branch);
  const [tree, pulls, commits] = await Promise.all([
    forge.tree(head),
    callJson<Pull[]>(gitea, 'GET', `/repos/${parse.repository}/pulls?state=open&limit=20`),
    callJson<Commit[]>(
      gitea,
      'GET',
      `/repos/${parse.repository}/commits?sha=${head}&limit=${maxCommits}&stat=false&verification=false&files=false`,
    ),
  ]);
  const selected = [...selectFiles(templatesOf(parse), tree ?? new Map())].flatMap(([environment, files]) =>
    files.filter(({ entry }) => entry.mode.startsWith('100')).map((file) => ({ ...file, environment })),
  );
  const shown = selected.slice(0, maxFiles);
  const contents = await forge.files(
    head,
    shown.map(({ path, entry }) => ({ path, id: entry.id, ...size(entry.size) })),
    maxFileBytes,
  );
  return {
    branch,
    head,
    pulls: pulls.map(({ number, title, user, mergeable }) => ({
      number,
      title,
      author: user.login,
      mergeable,
    })),
    history: commits.map(({ sha, commit, parents }) => ({
      id: sha,
      title: commit.message.split('\n')[0]!,
      author: commit.author.name,
      at: commit.committer.date,
      parents: parents.length,
    })),
    files: shown.map(({ path, environment, application }) => {
      const bytes = contents.get(path);
      const text = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : undefined;
      return { path, environment, application, ...(text === undefined ? {} : { text }) };
    }),
    filesInAll: selected.length,
  };
}

const size = (bytes: number | undefined) => (bytes === undefined ? {} : { size: bytes });

interface Pull {
  number: number;
  title: string;
  user: { login: string };
  mergeable: boolean;
}
interface Commit {
  sha: string;
  commit: { message: string; author: { name: string }; committer: { date: string } };
  parents: unknown[];
}
