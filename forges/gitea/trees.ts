// Reads whole trees. Only a tree proves that a file is absent, so a tree that may be incomplete counts as no answer.
import { atMost } from '../../io/at-most.ts';
import type { Tree, TreeEntry } from '../forge.ts';
import { apiMessage, type Client, checkId, type Question } from './client.ts';
import { isZeros, knowsCommit } from './known.ts';
import { treeWire } from './wire.ts';

/** Gitea's own limit (DEFAULT_GIT_TREES_PER_PAGE). A server may be set to less and then gives smaller pages. */
const perPage = 1_000;
const pagesAtOnce = 4;
/** More are not asked for, whatever total a server names: ten million entries. */
const maxPages = 10_000;
/** What Gitea writes for each byte of a name that is not UTF-8. */
const notUnicode = '\uFFFD';

/** Undefined when the server surely does not know the commit, which is a full id. */
export async function readTree(client: Client, commit: string): Promise<Tree | undefined> {
  checkId(commit);
  if (isZeros(commit)) return undefined;
  const first = await readPage(client, commit, 1);
  if (first === undefined) return undefined;

  // `truncated` is not asked: in Gitea 1.22 and Forgejo 7 it is true on the last page too; total_count is right in all.
  const pages = first.entries.length === 0 ? 1 : Math.ceil(first.total / first.entries.length);
  const failed = (text: string) => client.error(question(commit, 1), text);
  if (pages > maxPages) throw failed(`expected at most ${maxPages} pages, got ${first.total} entries in all`);
  const numbers = Array.from({ length: pages - 1 }, (_, index) => index + 2);
  const rest = await atMost(pagesAtOnce, numbers, (number) => readPage(client, commit, number));

  const tree = new Map<string, TreeEntry>();
  let count = 0;
  for (const page of [first, ...rest]) {
    if (page?.total !== first.total) throw failed('the pages are not of one tree');
    count += page.entries.length;
    for (const { path, mode, type, sha, size } of page.entries) {
      // Two names that are not UTF-8 can look the same; any other repeated path is a page answered twice.
      if (tree.has(path) && !path.includes(notUnicode)) throw failed('a path comes twice, so others may be missing');
      tree.set(path, { path, mode, type, id: sha, ...(type === 'blob' && size !== undefined ? { size } : {}) });
    }
  }
  if (count !== first.total) throw failed(`expected ${first.total} entries in all pages, got ${count}`);
  return tree;
}

function question(commit: string, page: number): Question {
  return {
    route: '/git/trees/{commit}',
    path: { commit },
    query: { recursive: true, per_page: perPage, ...(page > 1 ? { page } : {}) },
    // How the generations say "unknown", but Gitea says 400 whatever goes wrong with Git below it.
    also: [400, 404],
  };
}

/** `total`: entries of all pages together. */
async function readPage(client: Client, commit: string, number: number) {
  const asked = question(commit, number);
  const answer = await client.ask(asked);
  if (answer.status !== 200) {
    if (apiMessage(answer) !== undefined && !(await knowsCommit(client, commit))) return undefined;
    throw client.error(asked, `status ${answer.status} for a commit that is there or may be`);
  }
  const { sha, tree, total_count: total } = client.read(asked, answer, treeWire);
  // A branch named like a commit id would be taken first.
  if (sha !== commit) throw client.error(asked, 'the answer is about another commit');
  return { entries: tree ?? [], total };
}
